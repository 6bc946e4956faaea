import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dataFiles } from '../config/data-directory.ts';
import { readMasterKeys } from '../config/master-key.ts';
import { StartError } from '../kernel/start-error.ts';
import { proveMasterKey } from '../keys/data-key.ts';
import { backUpDatabase } from '../storage/sqlite/backup.ts';
import type { Invocation } from './command-line.ts';
import { masterKeyPlace, readOwnConfiguration, refuseServerDatabase } from './operator-configuration.ts';

/** Copies the embedded database into a file while servers use it; prints facts of the copy as one line of JSON. */
export async function backUp({ operands: [file = ''], options }: Invocation): Promise<void> {
  const configuration = readOwnConfiguration();
  refuseServerDatabase(configuration, 'pg_dump');
  const { dataDirectory } = configuration;
  const database = join(dataDirectory, dataFiles.database);
  if (!existsSync(database)) {
    throw new StartError(`There is no database in ${dataDirectory} yet: start the server once.`);
  }
  const target = resolve(file);
  refuseDataDirectory(target, dataDirectory);
  const masterKeys = readMasterKeys(configuration);
  let masterKeyId: string | null = null;
  const { octets, sha256, schema, clients } = await backUpDatabase({
    database,
    target,
    existing: options.has('force') ? 'replace' : 'keep',
    // A backup that nothing opens is found out at once, not on the day that it is needed.
    check: (facts) => {
      masterKeyId = proveMasterKey(facts, masterKeys);
    },
  });
  process.stdout.write(`${JSON.stringify({ file: target, octets, sha256, schema, clients, masterKeyId })}\n`);
  process.stderr.write(
    `The master key is not in the backup, which opens with nothing else: it is ${masterKeyPlace(configuration)}. Keep a copy of it, in another place than the backup.\n`,
  );
}

/** A copy beside the original is lost with it; and no file of the server's is replaced by one. */
function refuseDataDirectory(target: string, dataDirectory: string): void {
  const folder = dirname(target);
  if (!existsSync(folder)) throw new StartError(`The directory ${folder} does not exist.`);
  if (realpathSync(folder) !== realpathSync(dataDirectory)) return;
  throw new StartError(`${target} is in the data directory: a backup belongs to another place.`);
}
