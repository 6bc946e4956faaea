import { Secret, TOTP } from 'otpauth';
import type { EpochSeconds } from '../kernel/clock.ts';
import { randomOctets } from '../kernel/random.ts';

/** What every authenticator app can do (RFC 6238 §5.2, RFC 4226 §4): SHA-1, six digits, 30 seconds. */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** RFC 4226 §4 recommends 160 bits. */
const secretOctets = 20;
/** One step before and one after: the clocks of telephones differ (RFC 6238 §5.2). */
const window = 1;

/** A new secret for an authenticator app. */
export function makeTotpSecret(): Buffer {
  return randomOctets(secretOctets);
}

/** The secret as a person types it (base 32, RFC 4648 §6), and as the URI that a QR code holds. */
export function describeTotpSecret(
  secret: Buffer,
  names: { readonly serverName: string; readonly username: string },
): { readonly secret: string; readonly uri: string } {
  const shared = secretOf(secret);
  const totp = new TOTP({ ...parameters, issuer: names.serverName, label: names.username, secret: shared });
  return { secret: shared.base32, uri: totp.toString() };
}

/** The time step that `code` is of; undefined: it is no code of this secret around `now`. */
export function stepOfCode(code: string, secret: Buffer, now: EpochSeconds): number | undefined {
  if (!isTotpCode(code)) return undefined;
  const timestamp = now * 1000;
  const delta = TOTP.validate({ ...parameters, token: code, secret: secretOf(secret), timestamp, window });
  return delta === null ? undefined : TOTP.counter({ period: parameters.period, timestamp }) + delta;
}

/** Whether `code` has the form of one. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code);
}

function secretOf(octets: Buffer): Secret {
  return new Secret({ buffer: new Uint8Array(octets).buffer });
}
