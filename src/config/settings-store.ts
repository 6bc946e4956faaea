/** Small facts that outlive a start, such as which client is the bootstrap client. */
export interface SettingsStore {
  readonly get: (key: string) => Promise<string | undefined>;
  /** Writes `value` unless the key is set; answers the value that stands afterwards. */
  readonly getOrInsert: (key: string, value: string) => Promise<string>;
  readonly set: (key: string, value: string) => Promise<void>;
}
