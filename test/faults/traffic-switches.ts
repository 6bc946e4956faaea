import { randomUuid } from '../../src/kernel/random.ts';
import type { Credentials, Traffic, World } from './world.ts';
import { administrationOf, anyOf, aSecretText, auditOf, requestToken } from './world.ts';

type State = 'enabled' | 'disabled' | 'unknown';

/** How often a client is switched off and on before it is deleted. */
const switchings = 4;
/** How many of the gone are looked at in the end. */
const mostInspected = 30;

/** Registers clients, switches them off and on, and deletes them; what is off or gone must not get a token. */
export async function openSwitches(world: World): Promise<Traffic> {
  const { ledger, send, chance } = world;
  const faces = administrationOf(world);
  const deleted: Credentials[] = [];
  /** Nobody has answered their registration: they are there as a whole, or not at all. */
  const uncertain: Credentials[] = [];
  let client: Credentials | undefined;
  let state: State = 'enabled';
  let steps = 0;

  const tryToken = async (credentials: Credentials, expected: State | 'gone'): Promise<void> => {
    const { ending } = await requestToken(send, anyOf(world), credentials);
    if (expected === 'enabled') ledger.check(ending !== 'refused', 'a client that was enabled is refused');
    if (expected === 'disabled') ledger.check(ending !== 'ok', 'a client that was disabled is accepted');
    if (expected === 'gone') ledger.check(ending !== 'ok', 'a client that was deleted is accepted');
  };

  const register = async (): Promise<void> => {
    const credentials = { id: randomUuid(), secret: aSecretText() };
    const { ending } = await faces.create(anyOf(world), credentials);
    if (ending !== 'ok') {
      ledger.check(ending !== 'refused', 'a good client was refused as the caller’s fault');
      uncertain.push(credentials);
      return;
    }
    ledger.noteChange();
    client = credentials;
    state = 'enabled';
    steps = 0;
  };

  const flip = async (credentials: Credentials): Promise<void> => {
    const isValid = state !== 'enabled';
    const { ending } = await faces.login(anyOf(world), 'PUT', credentials.id, { isValid });
    if (ending === 'ok') {
      state = isValid ? 'enabled' : 'disabled';
      ledger.noteChange();
    } else {
      ledger.check(ending !== 'refused', 'a good switch was refused as the caller’s fault');
      state = 'unknown';
    }
    await tryToken(credentials, state);
  };

  const remove = async (credentials: Credentials): Promise<void> => {
    const { ending } = await faces.connect(anyOf(world), 'DeleteClient', { clientId: credentials.id });
    // Refused: it was deleted by a request that nobody has answered.
    if (ending !== 'ok' && ending !== 'refused') return;
    if (ending === 'ok') ledger.noteChange();
    deleted.push(credentials);
    client = undefined;
    await tryToken(credentials, 'gone');
  };

  return {
    step: async () => {
      steps += 1;
      if (client === undefined) await register();
      else if (steps <= switchings) await flip(client);
      else await remove(client);
      if (deleted.length > 0) await tryToken(chance.pick(deleted), 'gone');
    },
    inspect: async () => {
      for (const credentials of deleted.slice(-mostInspected)) {
        await tryToken(credentials, 'gone');
        const rows = await partsOf(world, credentials.id);
        ledger.check(
          !rows.clients && !rows.secrets && rows.ids,
          `a deleted client has left ${JSON.stringify(rows)}`,
        );
      }
      for (const { id } of uncertain.slice(-mostInspected)) {
        const { clients, secrets, ids, audit } = await partsOf(world, id);
        const isWhole = [clients, secrets, ids, audit].every((there) => there === clients);
        ledger.check(isWhole, 'a client was registered by half');
      }
      if (client) await tryToken(client, state);
    },
  };
}

/** Which parts of a client are in the database. */
async function partsOf(world: World, id: string) {
  const has = async (text: string): Promise<boolean> => (await world.look(text)).length > 0;
  return {
    clients: await has(`select id from clients where id = '${id}'`),
    secrets: await has(`select id from client_secrets where client_id = '${id}'`),
    ids: await has(`select id from subject_ids where id = '${id}'`),
    audit: (await auditOf(world, id)).some(({ action }) => action === 'client.created'),
  };
}
