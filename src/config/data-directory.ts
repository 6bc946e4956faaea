/** Files of the data directory by what they hold. */
export const dataFiles = {
  database: 'clientele.sqlite',
  masterKey: 'master.key',
  /** The key that a rotation is about to put into place. */
  nextMasterKey: 'master.key.next',
} as const;
