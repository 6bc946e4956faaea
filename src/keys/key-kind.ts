import type { KeyObject } from 'node:crypto';

/** The kinds of key pairs that there is a use for. */
export type KeyKind = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519';

/** By the type, or by the curve where the type is `ec`, as OpenSSL names them. */
const kinds: ReadonlyMap<string | undefined, KeyKind> = new Map([
  ['rsa', 'RSA'],
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
  ['ed25519', 'Ed25519'],
]);

/** The kind of a public or private key. @throws Error for any other */
export function keyKindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): KeyKind {
  const kind = kinds.get(type === 'ec' ? details?.namedCurve : type);
  if (kind === undefined) throw new Error(`there is no use for a key of the type ${type}`);
  return kind;
}
