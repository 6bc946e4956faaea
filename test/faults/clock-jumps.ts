import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { lasting, until } from './deadline.ts';
import type { Fault } from './fault.ts';
import { opaqueClient } from './load.ts';
import type { ServerNode } from './node-process.ts';
import { openSqliteSite } from './site.ts';
import { openAssertionClient } from './traffic-assertions.ts';
import { createSend } from './wire.ts';
import {
  administrationOf,
  bodyOf,
  type Credentials,
  fetchAdministration,
  registerClient,
  requestToken,
  sendForm,
  textOf,
  type World,
} from './world.ts';

const hour = 3600;
const day = 24 * hour;

/** There and back again. */
const jumps: Readonly<Record<string, number>> = {
  'a day ahead': day,
  'ten years ahead': 3652 * day,
  'a day back': -day,
  'an hour back': -hour,
};

/** Long enough for the chores to be done some times. */
const awaySeconds = 3;
const choresSeconds = 20;

/** The clock of a running server jumps, and jumps back. */
export const clockJumps: Fault = {
  name: 'clock-jumps',
  about: `the clock of a running server goes ${Object.keys(jumps).join(', ')}, and returns`,
  run: async (trial) => {
    const dataDirectory = join(temporaryDirectory(trial.context), 'data');
    const site = openSqliteSite(trial.context, dataDirectory);
    const program = join(import.meta.dirname, 'steered-server.ts');
    const node = await site.makeNode('the server', { program });
    await node.start();
    const send = createSend(trial.ledger, () => false);
    const administration = await fetchAdministration(send, node);
    const world: World = { ...trial, nodes: [node], send, look: site.look, administration };
    const purged = () => untilPurged(world, join(dataDirectory, 'clientele.sqlite'));
    const clients = [await registerClient(world), opaqueClient];
    const assertions = await openAssertionClient(world);
    await purged();
    for (const [name, seconds] of Object.entries(jumps)) {
      trial.remark(name);
      const things = await makeThings(world, clients, assertions);
      await node.tell({ advanceSeconds: seconds });
      await judgeAway(world, things, seconds > 0 ? 'ahead' : 'behind');
      await lasting(awaySeconds);
      await node.tell({ advanceSeconds: -seconds });
      trial.ledger.faultEnded();
      await judgeBack(world, things);
      // A clock that was put back is taken for one that is ahead when it returns.
      if (seconds > 0) await purged();
    }
    await node.stop();
  },
};

type Assertions = Awaited<ReturnType<typeof openAssertionClient>>;

/** What a clock that is wrong must not bring back to life, nor kill. */
interface Things {
  readonly holdings: readonly {
    readonly client: Credentials;
    readonly kept: string;
    readonly revoked: string;
  }[];
  readonly assertions: Assertions;
  readonly used: string;
  readonly kids: readonly string[];
  readonly changed: Credentials;
}

async function makeThings(
  world: World,
  clients: readonly Credentials[],
  assertions: Assertions,
): Promise<Things> {
  const { send, ledger } = world;
  const node = nodeOf(world);
  const holdings = await Promise.all(
    clients.map(async (client) => {
      const [kept = '', revoked = ''] = await Promise.all(
        [1, 2].map(async () => textOf(await requestToken(send, node, client), 'access_token')),
      );
      const { ending } = await sendForm(send, node, '/oauth/revoke', client, { token: revoked });
      ledger.check(ending === 'ok', 'a token could not be revoked');
      return { client, kept, revoked };
    }),
  );
  const used = assertions.make(50);
  const { ending } = await assertions.sendTo(node, used);
  ledger.check(ending === 'ok', 'a good assertion is refused');
  return { holdings, assertions, used, kids: await kidsOf(node), changed: clients[0] ?? opaqueClient };
}

async function judgeAway(world: World, things: Things, where: 'ahead' | 'behind'): Promise<void> {
  const { ledger } = world;
  await judgeDead(world, things);
  await judgeServing(world, things);
  if (where === 'behind') return;
  for (const { client, kept } of things.holdings) {
    ledger.check(!(await isActive(world, client, kept)), 'a token that has expired is active');
  }
}

async function judgeBack(world: World, things: Things): Promise<void> {
  const { ledger } = world;
  await judgeDead(world, things);
  await judgeServing(world, things);
  for (const { client, kept } of things.holdings) {
    ledger.check(await isActive(world, client, kept), 'a good token is lost after the clock has returned');
  }
  const kids = await kidsOf(nodeOf(world));
  ledger.check(
    things.kids.every((kid) => kids.includes(kid)),
    'a key is lost after the clock has returned',
  );
}

/** What was used or revoked stays so, whatever the time. */
async function judgeDead(world: World, { holdings, assertions, used }: Things): Promise<void> {
  const { ledger } = world;
  for (const { client, revoked } of holdings) {
    ledger.check(!(await isActive(world, client, revoked)), 'a token that was revoked is active');
  }
  const { ending } = await assertions.sendTo(nodeOf(world), used);
  ledger.check(ending === 'refused', 'a client assertion is accepted again');
}

/** Whatever the time, tokens are issued that are good for the server itself, and records change. */
async function judgeServing(world: World, { changed }: Things): Promise<void> {
  const { ledger, send } = world;
  const node = nodeOf(world);
  const token = bodyOf(await requestToken(send, node, changed))['access_token'];
  ledger.check(typeof token === 'string', 'no token is issued');
  ledger.check(await isActive(world, changed, String(token)), 'a token is not good when it is issued');
  const before = await recordOf(world, changed);
  const administration = await fetchAdministration(send, node);
  const faces = administrationOf({ ...world, administration });
  const { ending } = await faces.clients(node, 'PATCH', changed.id, { name: randomUuid() });
  ledger.check(ending === 'ok', 'a record cannot be changed');
  ledger.noteChange();
  const after = await recordOf(world, changed);
  ledger.check(Number(after['revision']) === Number(before['revision']) + 1, 'a revision was left out');
  ledger.check(
    Number(after['updatedAt']) >= Number(before['updatedAt']),
    'a record was changed before it was',
  );
  ledger.check(
    Number(after['updatedAt']) >= Number(after['createdAt']),
    'a record was changed before it was made',
  );
  const ids = (
    await world.look(`select id from audit_events where target_id = '${changed.id}' order by at, id`)
  ).map(({ id }) => id);
  ledger.check(new Set(ids).size === ids.length, 'an id was given twice');
}

async function isActive({ send, nodes }: World, client: Credentials, token: string): Promise<boolean> {
  const [node] = nodes as readonly [ServerNode];
  return bodyOf(await sendForm(send, node, '/oauth/introspect', client, { token }))['active'] === true;
}

async function recordOf({ look }: World, { id }: Credentials): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await look(`select record from clients where id = '${id}'`);
  return JSON.parse(String(row?.['record']));
}

async function kidsOf({ url }: ServerNode): Promise<readonly string[]> {
  const answer = await fetch(`${url}/oauth/jwks`);
  const { keys } = (await answer.json()) as { readonly keys: readonly { readonly kid: string }[] };
  return keys.map(({ kid }) => kid);
}

function nodeOf({ nodes }: World): ServerNode {
  const [node] = nodes as readonly [ServerNode];
  return node;
}

/** Plants values that have expired long ago and of late, and waits until the server has purged the former: its chores are done. */
async function untilPurged({ look, ledger }: World, file: string): Promise<void> {
  const isThere = async (key: string): Promise<boolean> =>
    (await look(`select key from single_use where key = '${key}'`)).length > 0;
  const [old, recent] = [randomUuid(), randomUuid()];
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    const plant = database.prepare(`insert into single_use (kind, key, expires_at) values ('planted', ?, ?)`);
    plant.run(old, 1);
    plant.run(recent, systemClock.now() - hour / 2);
  } finally {
    database.close();
  }
  await until('what has expired is purged', choresSeconds, async () => !(await isThere(old)));
  ledger.check(await isThere(recent), 'what expired within the hour is purged already');
}
