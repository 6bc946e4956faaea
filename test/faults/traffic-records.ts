import type { ServerNode } from './node-process.ts';
import type { Answer } from './wire.ts';
import type { Administration, Credentials, Traffic, World } from './world.ts';
import { administrationOf, anyOf, auditOf, registerClient } from './world.ts';

/** A change sets two fields to the same number, so that a record that is changed by half shows it. */
const nameAt = (number: number): string => `change ${number}`;
const uriAt = (number: number): string => `https://client.example/${number}`;

type Change = (faces: Administration, node: ServerNode, id: string, number: number) => Promise<Answer>;

/** The same change through each dialect. */
const changes: readonly Change[] = [
  (faces, node, id, number) =>
    faces.login(node, 'PUT', id, { name: nameAt(number), redirectUrls: [uriAt(number)] }),
  (faces, node, id, number) =>
    faces.clients(node, 'PATCH', id, { name: nameAt(number), redirect_uris: [uriAt(number)] }),
  (faces, node, id, number) =>
    faces.connect(node, 'UpdateClient', {
      clientId: id,
      updateMask: 'name,redirectUri',
      name: nameAt(number),
      redirectUri: uriAt(number),
    }),
];

/** Changes the record of one client through every dialect in turn, and reads it back from any node. */
export async function openRecords(world: World): Promise<Traffic> {
  const { ledger } = world;
  const faces = administrationOf(world);
  const client = await registerClient(world, { name: nameAt(0), redirect_uris: [uriAt(0)] });
  const acknowledged = [0];
  /** Sent since the last acknowledged one: the record may be as any of them says. */
  let open: number[] = [];
  let unknown = 0;
  let number = 0;

  const readBack = async (): Promise<void> => {
    const answer = await faces.clients(anyOf(world), 'GET', client.id);
    if (answer.ending !== 'ok') return;
    const { name, redirect_uris: uris } = answer.body['data'] as Record<string, unknown>;
    const seen = [acknowledged.at(-1) ?? 0, ...open].find((candidate) => nameAt(candidate) === name);
    ledger.check(
      seen !== undefined,
      `a record reads "${name}" after change ${acknowledged.at(-1)} was acknowledged`,
    );
    if (seen !== undefined) {
      ledger.check(
        (uris as readonly string[])[0] === uriAt(seen),
        `a record is changed by half: ${name} and ${uris}`,
      );
    }
  };

  return {
    step: async () => {
      number += 1;
      const change = changes[number % changes.length] as Change;
      const { ending } = await change(faces, anyOf(world), client.id, number);
      if (ending === 'ok') {
        acknowledged.push(number);
        open = [];
        ledger.noteChange();
      } else {
        ledger.check(ending !== 'refused', 'a good change of a record was refused as the caller’s fault');
        open.push(number);
        unknown += 1;
      }
      if (number % 4 === 0) await readBack();
    },
    inspect: async () => {
      await readBack();
      await inspectRecord(world, client, { acknowledged, unknown });
    },
  };
}

/** The record, its revision and its audit entries must tell the same story, with every acknowledged change once in it. */
async function inspectRecord(
  world: World,
  { id }: Credentials,
  { acknowledged, unknown }: { readonly acknowledged: readonly number[]; readonly unknown: number },
): Promise<void> {
  const { ledger, look } = world;
  const [row] = await look(`select revision, record from clients where id = '${id}'`);
  if (!ledger.check(row !== undefined, 'a client is lost') || row === undefined) return;
  const record = JSON.parse(String(row['record'])) as Record<string, unknown>;
  const revision = Number(row['revision']);
  const audit = await auditOf(world, id);
  const updates = audit.filter(({ action }) => action === 'client.updated');
  const numbers = updates.map(({ changes: fields }) => numberOf(String(fields)));

  ledger.check(record['revision'] === revision, 'a record and its row are at different revisions');
  ledger.check(updates.length === revision - 1, `revision ${revision} with ${updates.length} audit entries`);
  ledger.check(!numbers.includes(undefined), 'an audit entry tells of half a change');
  ledger.check(new Set(numbers).size === numbers.length, 'a change was applied twice');
  const told = new Set(numbers);
  const lost = acknowledged.filter((number) => number > 0 && !told.has(number));
  ledger.check(lost.length === 0, `acknowledged changes ${lost} are lost`);
  const most = acknowledged.length - 1 + unknown;
  ledger.check(numbers.length <= most, `${numbers.length} changes were made of ${most} that were sent`);
  const last = numbers.at(-1) ?? 0;
  ledger.check(record['name'] === nameAt(last), `a record is not as its last audit entry says`);
  ledger.check(
    JSON.stringify(record['redirectUris']) === JSON.stringify([uriAt(last)]),
    'a record is changed by half',
  );
}

/** The number of the change that an audit entry tells of; undefined when it does not tell of both fields. */
function numberOf(changes: string): number | undefined {
  const fields = JSON.parse(changes) as readonly { readonly field: string; readonly after: unknown }[];
  const after = (name: string) => fields.find(({ field }) => field === name)?.after;
  const number = Number(String(after('name')).slice('change '.length));
  return JSON.stringify(after('redirectUris')) === JSON.stringify([uriAt(number)]) ? number : undefined;
}
