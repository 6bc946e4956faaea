import { hash } from 'node:crypto';
import { toBase64url } from '../../kernel/encoding.ts';
import { decrypt, encrypt } from '../../keys/authenticated-encryption.ts';
import type { GivenAnswer } from './grant.ts';

const purpose = 'clientele refresh answer';

/**
 * Seals what is answered to who presents `token`, under a key that is derived from the token itself: the database, which
 * has its hash alone, does not open it.
 */
export function sealAnswer(token: string, given: GivenAnswer): string {
  return toBase64url(encrypt(keyOf(token), Buffer.from(JSON.stringify(given)), purpose));
}

/**
 * Opens what `sealAnswer` has sealed for the same token.
 * @throws Error when the text was altered
 */
export function openAnswer(token: string, sealed: string): GivenAnswer {
  const octets = decrypt(keyOf(token), Buffer.from(sealed, 'base64url'), purpose);
  return JSON.parse(octets.toString()) as GivenAnswer;
}

/**
 * The one-step derivation of NIST SP 800-56C §4: a counter, the secret, the purpose. A token has 256 random bits, so that nothing has to be
 * extracted; and what stands before it makes this another hash than the one in the database.
 */
function keyOf(token: string): Buffer {
  return hash('sha256', `\0\0\0\x01${token}${purpose}`, 'buffer');
}
