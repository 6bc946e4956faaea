import { createEgress } from '../../src/egress/egress.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { createClientKeys } from '../../src/keys/client-keys.ts';
import { type Keyring, openKeyring } from '../../src/keys/keyring.ts';
import { createSecretKeeper } from '../../src/keys/secret-keeper.ts';
import { createVault } from '../../src/keys/vault.ts';
import { type BackchannelLogout, createBackchannelLogout } from '../../src/protocol/logout/backchannel.ts';
import type { DeliveryOutcome } from '../../src/protocol/logout/deliver-notice.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { createPeopleRows, type PeopleRows } from '../fixtures/people-rows.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';

export const issuer = 'https://id.example';

/** One node: what ends things, and what tells clients of it. */
export interface Node extends BackchannelLogout {
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly outcomes: readonly DeliveryOutcome[];
}

/** Nodes over one storage, and the people in it. */
export interface BackchannelWorld {
  readonly clock: ManualClock;
  readonly node: Node;
  readonly rows: PeopleRows;
  /** Another node on the same PostgreSQL database. */
  readonly openNode: () => Promise<Node>;
  /** Ends the node's storage, and opens what it has stored. */
  readonly restart: () => Promise<Node>;
}

/** Opens one over an empty storage. @param timeLimitMs for a request to a client */
export async function openBackchannelWorld(context: Ending, timeLimitMs = 5000): Promise<BackchannelWorld> {
  const clock = createManualClock(someTime);
  const first = await openTestStorage(context);
  const over = (storage: Storage) => openNode(storage, clock, timeLimitMs);
  const opened = async (): Promise<Node> => {
    const storage = await openStorage(first.database.options);
    atEnd(context, storage.close);
    return over(storage);
  };
  return {
    clock,
    node: await over(first),
    rows: createPeopleRows(first),
    openNode: opened,
    restart: async () => {
      await first.close();
      return opened();
    },
  };
}

async function openNode(storage: Storage, clock: ManualClock, timeLimitMs: number): Promise<Node> {
  const vault = createVault(Buffer.alloc(32, 7));
  const { stores } = storage;
  const keyring = await openKeyring({
    store: stores.keys,
    vault,
    clock,
    algorithms: ['ES256', 'RS256'],
    longestTokenLifetimeSeconds: 86_400,
  });
  const outcomes: DeliveryOutcome[] = [];
  const logout = createBackchannelLogout({
    issuer,
    clients: stores.clients,
    endingStore: stores.endings,
    logoutNotices: stores.logoutNotices,
    postForm: createEgress({ allowLoopback: true, certificateAuthorities: null, timeLimitMs }).postForm,
    keyring,
    clientKeys: createClientKeys({
      store: stores.clientKeys,
      vault,
      remoteSigner: null,
      clock,
      logger: silentLogger,
      longestTokenLifetimeSeconds: 86_400,
    }),
    secretKeeper: createSecretKeeper({ keyring, vault, secretStorage: 'sealed' }),
    secretsKept: true,
    remoteSigner: false,
    clock,
    logger: silentLogger,
    onAttempt: (outcome) => outcomes.push(outcome),
  });
  return { ...logout, storage, keyring, outcomes };
}
