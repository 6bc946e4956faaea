import { join, resolve } from 'node:path';
import { dataFiles } from '../config/data-directory.ts';
import { readMasterKeys } from '../config/master-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { proveMasterKey } from '../keys/data-key.ts';
import { restoreDatabase } from '../storage/sqlite/restore.ts';
import type { Invocation } from './command-line.ts';
import { readOwnConfiguration, refuseServerDatabase } from './operator-configuration.ts';

const consequences = `Everything is as it was when the backup was made. What was deleted, disabled or revoked since is in force again: clients, secrets, tokens, keys, and of people their sessions, what they allowed, their passwords and factors.
End the sessions, and what clients hold in the name of people: clientele accounts sign-out-all
If a secret or a key was taken away because others knew it, take it away again before the server is reached: see "After a restore" in docs/operations.md.
`;

/** Puts a backup into the place of the embedded database; prints facts of what was restored as one line of JSON. */
export async function restore({ operands: [file = ''], options }: Invocation): Promise<void> {
  const configuration = readOwnConfiguration();
  refuseServerDatabase(configuration, 'pg_restore');
  const { dataDirectory } = configuration;
  const masterKeys = readMasterKeys(configuration);
  let masterKeyId: string | null = null;
  const { schema, clients, setAside } = restoreDatabase({
    backup: resolve(file),
    database: join(dataDirectory, dataFiles.database),
    existing: options.has('force') ? 'set-aside' : 'refuse',
    now: systemClock.now(),
    check: (facts) => {
      masterKeyId = proveMasterKey(facts, masterKeys);
    },
  });
  process.stdout.write(`${JSON.stringify({ dataDirectory, schema, clients, masterKeyId, setAside })}\n`);
  process.stderr.write(consequences);
}
