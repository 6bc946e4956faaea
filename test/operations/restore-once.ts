import { asEpochSeconds } from '../../src/kernel/clock.ts';
import { restoreDatabase } from '../../src/storage/sqlite/restore.ts';

/** Restores the backup of its first argument into the place of the database of its second. */
const [, , backup = '', database = ''] = process.argv;
restoreDatabase({
  backup,
  database,
  existing: 'set-aside',
  now: asEpochSeconds(1_800_000_000),
  check() {},
});
