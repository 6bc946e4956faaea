import { isDeepStrictEqual } from 'node:util';
import type { Client, KeyPairType, SignatureAlg } from '../client.ts';
import type { Rule } from './rule.ts';

const mac: readonly SignatureAlg[] = ['HS256', 'HS384', 'HS512'];
const ecAlg = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;

/** What the server's own keys sign with, for clients that have none. */
const serverAlgs: readonly SignatureAlg[] = ['RS256', 'ES256', ...mac];

const algsOfKey: {
  readonly [Type in KeyPairType['type']]: (key: KeyPairType & { type: Type }) => readonly SignatureAlg[];
} = {
  rsa: () => ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', ...mac],
  ec: ({ curve }) => [ecAlg[curve], ...mac],
  universal: () => ['EdDSA'],
};

/** The algorithms that tokens of a client with this key may be signed with (RFC 7518 §3.1); null: the server's key. */
export function signatureAlgsOf(key: KeyPairType | null): readonly SignatureAlg[] {
  if (key === null) return serverAlgs;
  const algsOf = algsOfKey[key.type] as (key: KeyPairType) => readonly SignatureAlg[];
  return algsOf(key);
}

function algFault(alg: SignatureAlg | null, { keyPairType }: Client): string | undefined {
  const fitting = signatureAlgsOf(keyPairType);
  return alg === null || fitting.includes(alg) ? undefined : `must fit the key: one of ${fitting.join(', ')}`;
}

/** A MAC key has at least as many octets as the hash (RFC 7518 §3.2). Binds what a request sets: secrets come and go beside the record. */
function macNeedsALongSecret(
  what: string,
  field: 'idTokenSignatureAlg' | 'userinfoSignedResponseAlg',
  source: string,
): Rule {
  return {
    name: `mac-${what}-needs-a-long-secret`,
    field,
    source: `RFC 7518 §3.2, ${source}`,
    check: (client, context) => {
      const alg = client[field];
      if (!context.secretsKept || alg === context.previous?.[field]) return undefined;
      if (alg === null || !mac.includes(alg)) return undefined;
      const needed = Number(alg.slice(2)) / 8;
      return (context.secretOctets ?? 0) >= needed
        ? undefined
        : `needs a client secret of at least ${needed} octets that this server keeps`;
    },
  };
}

/** Rules on the key that a client's tokens are signed with. */
export const signingRules: readonly Rule[] = [
  {
    name: 'rsa-key-is-strong',
    field: 'keyPairType',
    source: 'RFC 7518 §3.3',
    check: ({ keyPairType: key }) => {
      if (key?.type !== 'rsa') return undefined;
      if (!Number.isInteger(key.modulusLength) || key.modulusLength < 2048 || key.modulusLength > 4096) {
        return 'must have a modulus of 2048 to 4096 bits';
      }
      return key.publicExponent === 65_537 ? undefined : 'must have the public exponent 65537';
    },
  },
  {
    name: 'universal-key-needs-a-signer',
    field: 'keyPairType',
    source: 'contract of the clients API',
    check: ({ keyPairType: key }, { previous, remoteSigner }) =>
      key?.type !== 'universal' || remoteSigner || isDeepStrictEqual(key, previous?.keyPairType)
        ? undefined
        : 'needs a remote signer, which this server does not have',
  },
  {
    name: 'id-token-alg-fits-key',
    field: 'idTokenSignatureAlg',
    source: 'OpenID Connect Registration §2 id_token_signed_response_alg',
    check: (client) => algFault(client.idTokenSignatureAlg, client),
  },
  {
    name: 'userinfo-alg-fits-key',
    field: 'userinfoSignedResponseAlg',
    source: 'OpenID Connect Registration §2 userinfo_signed_response_alg',
    check: (client) => algFault(client.userinfoSignedResponseAlg, client),
  },
  macNeedsALongSecret('id-token', 'idTokenSignatureAlg', 'OpenID Connect Core §10.1'),
  macNeedsALongSecret('userinfo', 'userinfoSignedResponseAlg', 'OpenID Connect Core §5.3.2'),
  {
    name: 'signer-fits-key',
    field: 'signaturesAdapter',
    source: 'contract of the clients API',
    check: ({ signaturesAdapter, keyPairType }) =>
      (signaturesAdapter === 'remote') === (keyPairType?.type === 'universal')
        ? undefined
        : 'is remote for a universal key, and internal for every other',
  },
];
