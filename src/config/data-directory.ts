/** Files of the data directory by what they hold. */
export const dataFiles = { database: 'clientele.sqlite', masterKey: 'master.key' } as const;
