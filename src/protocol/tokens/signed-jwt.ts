import { toBase64url } from '../../kernel/encoding.ts';

/** What signs a token: the signer of a key pair, or of a shared secret, which has no `kid`. */
export interface JwtSigner {
  readonly algorithm: string;
  readonly kid?: string;
  readonly sign: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/** Writes a JWT in compact form (RFC 7515 §7.1). */
export type JwtWriter = (signer: JwtSigner, claims: object) => Promise<string>;

/** Makes the writer of JWTs of one `typ` (RFC 8725 §3.11). */
export function createJwtWriter(typ: string): JwtWriter {
  const headerOf = createHeaderCache(typ);
  return async (signer, claims) => {
    const signingInput = `${headerOf(signer)}.${encodeJson(claims)}`;
    return `${signingInput}.${toBase64url(await signer.sign(Buffer.from(signingInput)))}`;
  };
}

/** The encoded JOSE header of each signer: it changes with the key alone. */
function createHeaderCache(typ: string): (signer: JwtSigner) => string {
  const headers = new WeakMap<JwtSigner, string>();
  return (signer) => {
    const known = headers.get(signer);
    if (known !== undefined) return known;
    const { algorithm: alg, kid } = signer;
    const header = encodeJson({ alg, typ, ...(kid !== undefined && { kid }) });
    headers.set(signer, header);
    return header;
  };
}

/** A part of a JWS (RFC 7515 §3.1). */
function encodeJson(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
