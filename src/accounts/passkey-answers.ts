import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { fromBase64url, toBase64url } from '../kernel/encoding.ts';
import type { Passkey } from './passkey.ts';

/** What an answer is judged by. */
export interface ExpectedAnswer {
  readonly challenge: string;
  readonly origin: string;
  readonly rpID: string;
}

/** EdDSA, ES256 and RS256, which every authenticator has one of (RFC 9053 §2, RFC 8812 §2). */
export const passkeyAlgorithms = [-8, -7, -257];

/** Loads the library when a page first offers passkeys: it brings ASN.1 and X.509 with it. */
export const loadWebAuthn = () => import('@simplewebauthn/server');

/** What an authenticator keeps of an account, and tells when it is asked who signs in (WebAuthn Level 3 §5.4.3). */
export function userHandleOf(accountId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(accountId));
}

const base64url = z.string().regex(/^[\w-]{1,65536}$/);
const credential = z.object({
  id: base64url.max(1366),
  rawId: base64url,
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.json()).default({}),
});
const authenticationResponse = credential.extend({
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url,
  }),
});
const registrationResponse = credential.extend({
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(10).default([]),
  }),
});

/** An answer of `navigator.credentials.get` as JSON; undefined: the text is none. */
export function parseAuthentication(text: string): AuthenticationResponseJSON | undefined {
  return authenticationResponse.safeParse(parseJson(text)).data;
}

function parseRegistration(text: string): RegistrationResponseJSON | undefined {
  return registrationResponse.safeParse(parseJson(text)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The count that comes with an answer that the passkey has given; undefined: it has not. */
export async function verifyAuthentication(
  answer: AuthenticationResponseJSON,
  passkey: Passkey,
  { challenge, origin, rpID }: ExpectedAnswer,
): Promise<{ readonly signCount: number } | undefined> {
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  if (answer.response.userHandle !== toBase64url(userHandleOf(passkey.accountId))) return undefined;
  const credential = {
    id: passkey.id,
    publicKey: new Uint8Array(fromBase64url(passkey.publicKey) ?? []),
    counter: passkey.signCount,
  };
  const result = await orRefusal(() =>
    verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      credential,
      requireUserVerification: true,
    }),
  );
  return result?.verified ? { signCount: result.authenticationInfo.newCounter } : undefined;
}

/** What is kept of a new passkey; undefined: the answer, JSON text, is not what was asked for. */
export async function verifyRegistration(
  text: string,
  { challenge, origin, rpID }: ExpectedAnswer,
): Promise<Pick<Passkey, 'id' | 'publicKey' | 'signCount' | 'transports'> | undefined> {
  const answer = parseRegistration(text);
  if (answer === undefined) return undefined;
  const { verifyRegistrationResponse } = await loadWebAuthn();
  const result = await orRefusal(() =>
    verifyRegistrationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      supportedAlgorithmIDs: passkeyAlgorithms,
    }),
  );
  if (!result?.verified) return undefined;
  const { id, publicKey, counter } = result.registrationInfo.credential;
  const transports = answer.response.transports ?? [];
  return { id, publicKey: toBase64url(publicKey), signCount: counter, transports };
}

/** The library tells whatever is wrong with an answer by throwing, and reads nothing but what it is given. */
async function orRefusal<Result>(verify: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}
