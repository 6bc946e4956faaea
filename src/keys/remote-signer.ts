import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { fromBase64url, type JsonObject, type JsonValue, toBase64url } from '../kernel/encoding.ts';
import { randomUuid } from '../kernel/random.ts';
import { ClientKeyError } from './client-key.ts';

/** The service that holds `universal` keys and signs with them. Its protocol is `docs/remote-signer.md`. */
export interface RemoteSigner {
  /**
   * Has an Ed25519 key pair made; it has proven that it signs with it.
   * @throws ClientKeyError `signer-unavailable`
   */
  readonly generate: (
    clientId: string,
  ) => Promise<{ readonly remoteId: string; readonly publicKey: KeyObject }>;
  /**
   * Has `data` signed. What comes back need not be a signature: verify it before it is used.
   * @throws ClientKeyError `signer-unavailable`
   */
  readonly sign: (remoteId: string, data: Uint8Array) => Promise<Uint8Array>;
  /**
   * Has a key removed for good; one that is gone already is none the worse for it.
   * @throws ClientKeyError `signer-unavailable`
   */
  readonly remove: (remoteId: string) => Promise<void>;
}

/**
 * The port to the network: posts `body` below the service's URL and answers the JSON of a 200; rejects whatever else comes back.
 * It may send a request twice.
 */
export type PostJson = (path: string, body: JsonObject) => Promise<JsonValue>;

const generated = z.object({
  key_id: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  // A signer that shows a private key has not kept it.
  public_key: z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string(),
    d: z.never().optional(),
  }),
});
const signed = z.object({ signature: z.string() });
const removed = z.object({});

/** Makes the remote signer. */
export function createRemoteSigner({ post }: { readonly post: PostJson }): RemoteSigner {
  const call = async <Answer>(path: string, body: JsonObject, answer: z.ZodType<Answer>): Promise<Answer> => {
    const parsed = answer.safeParse(await post(path, body).catch(refuse));
    return parsed.success ? parsed.data : refuse(parsed.error);
  };

  const sign: RemoteSigner['sign'] = async (remoteId, data) => {
    const body = { key_id: remoteId, algorithm: 'EdDSA', data: toBase64url(data) };
    const { signature } = await call('/v1/sign', body, signed);
    return fromBase64url(signature) ?? refuse();
  };

  return {
    sign,
    async generate(clientId) {
      const body = { request_id: randomUuid(), client_id: clientId, key_type: 'Ed25519' };
      const { key_id: remoteId, public_key: jwk } = await call('/v1/generate-key', body, generated);
      const publicKey = readPublicKey(jwk);
      // Unlike the input of any JWS, so that it is worth nothing elsewhere (RFC 7515 §5.1).
      const proof = Buffer.from(`clientele: proof of possession, ${randomUuid()}`);
      checkSignature(publicKey, proof, await sign(remoteId, proof));
      return { remoteId, publicKey };
    },
    async remove(remoteId) {
      await call('/v1/remove-key', { key_id: remoteId }, removed);
    },
  };
}

function readPublicKey({ kty, crv, x }: z.output<typeof generated>['public_key']): KeyObject {
  try {
    return createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  } catch (cause) {
    return refuse(cause);
  }
}

/** @throws ClientKeyError `signer-unavailable` when `signature` is not one of `data` under `publicKey` */
export function checkSignature(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array): void {
  if (!verify(null, data, publicKey, signature)) refuse();
}

function refuse(cause?: unknown): never {
  throw new ClientKeyError('signer-unavailable', 'the remote signer gave no answer that can be used', {
    cause,
  });
}
