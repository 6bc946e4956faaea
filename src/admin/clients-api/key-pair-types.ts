import { z } from 'zod';
import type { Client, KeyPairType, SignatureAlg } from '../../clients/client.ts';
import type { ClientPatch } from '../../clients/patch.ts';
import { signatureAlgsOf } from '../../clients/rules/signing.ts';
import type { Lens } from '../../clients/view.ts';
import { integer } from './values.ts';

/** As it is read: sizes as numbers too, and `P-512` for what the dialect's original calls so. */
export const keyPairTypeInput = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('rsa'),
      modulus_size: integer.default(2048),
      exponent_size: integer.default(65_537),
    }),
    z.object({ type: z.literal('ec'), curve: z.enum(['P-256', 'P-384', 'P-521', 'P-512']) }),
    z.object({ type: z.literal('universal') }),
  ])
  .transform((wire): KeyPairType => {
    if (wire.type === 'ec') return { type: 'ec', curve: wire.curve === 'P-512' ? 'P-521' : wire.curve };
    if (wire.type === 'universal') return { type: 'universal' };
    return { type: 'rsa', modulusLength: wire.modulus_size, publicExponent: wire.exponent_size };
  });

/** As it is shown. */
export const keyPairTypeShown = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rsa'), modulus_size: z.string(), exponent_size: z.string() }),
  z.object({ type: z.literal('ec'), curve: z.enum(['P-256', 'P-384', 'P-521']) }),
  z.object({ type: z.literal('universal') }),
]);

/** The key of every client that is created without a `key_pair_type`. */
export const defaultKeyPairType: KeyPairType = {
  type: 'rsa',
  modulusLength: 2048,
  publicExponent: 65_537,
};

/** Writes a key pair type in the dialect's words. */
export function writeKeyPairType(type: KeyPairType): z.infer<typeof keyPairTypeShown> {
  if (type.type !== 'rsa') return type;
  return {
    type: 'rsa',
    modulus_size: String(type.modulusLength),
    exponent_size: String(type.publicExponent),
  };
}

/** What a key signs with unless the client says otherwise, by its curve or type. */
const defaultAlgs = {
  rsa: 'RS512',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  universal: 'EdDSA',
} as const satisfies Readonly<Record<string, SignatureAlg>>;

function defaultAlgOf(type: KeyPairType | null): SignatureAlg {
  if (type === null) return 'RS256';
  return defaultAlgs[type.type === 'ec' ? type.curve : type.type];
}

/** `key_pair_type`. What signs with the old key and does not fit the new one follows it; a later field may say otherwise. */
export const keyPairTypeLens: Lens<KeyPairType | null> = {
  shows: ['keyPairType'],
  get: ({ keyPairType }) => keyPairType,
  put: change,
  clear: (client) => change(null, client),
};

function change(type: KeyPairType | null, client: Client): ClientPatch {
  const { idTokenSignatureAlg, userinfoSignedResponseAlg } = client;
  const fitting = (alg: SignatureAlg): SignatureAlg =>
    signatureAlgsOf(type).includes(alg) ? alg : defaultAlgOf(type);
  return {
    keyPairType: type,
    signaturesAdapter: type?.type === 'universal' ? 'remote' : 'internal',
    idTokenSignatureAlg: fitting(idTokenSignatureAlg),
    userinfoSignedResponseAlg: userinfoSignedResponseAlg && fitting(userinfoSignedResponseAlg),
  };
}
