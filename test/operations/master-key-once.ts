import { changeMasterKey } from '../../src/cli/master-key-rotate.ts';

/** Rotates the master key of the data directory that the environment names. */
await changeMasterKey();
