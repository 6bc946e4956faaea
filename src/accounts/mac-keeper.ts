/** A MAC under a key of the server that has a version. */
export interface KeyedMac {
  readonly algorithm: 'hmac-sha256';
  /** Id of the key. */
  readonly pepper: string;
  /** Base64url. */
  readonly digest: string;
}

/** Port: authenticates short texts such that the database alone neither makes nor proves one. */
export interface MacKeeper {
  readonly makeVerifier: (text: string) => KeyedMac;
  /** In constant time; false for a key that is not known. */
  readonly matches: (text: string, mac: KeyedMac) => boolean;
}

/** `<key id>.<digest>`. */
export function macText({ pepper, digest }: KeyedMac): string {
  return `${pepper}.${digest}`;
}

/** Reads `macText`; undefined when it is none. */
export function parseMac(text: string): KeyedMac | undefined {
  const [, pepper, digest] = /^([\w-]{1,64})\.([\w-]{43})$/.exec(text) ?? [];
  return pepper === undefined || digest === undefined
    ? undefined
    : { algorithm: 'hmac-sha256', pepper, digest };
}
