import { clockJumps } from './clock-jumps.ts';
import {
  cutCommits,
  exhaustedPool,
  hangingDatabase,
  lostConnections,
  slowDatabase,
} from './database-connections.ts';
import { diskFull, diskFullPostgres } from './disk-full.ts';
import type { Fault } from './fault.ts';
import { noDescriptors } from './file-descriptors.ts';
import { killNode, killSqlite } from './kills.ts';
import { restartPostgres } from './postgres-restarts.ts';

/** Every fault, in the order in which they are tried. */
export const faults: readonly Fault[] = [
  killSqlite,
  killNode,
  restartPostgres,
  hangingDatabase,
  lostConnections,
  cutCommits,
  slowDatabase,
  exhaustedPool,
  diskFull,
  diskFullPostgres,
  clockJumps,
  noDescriptors,
];
