import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '../../src/kernel/encoding.ts';

/** The claims that each scope asks for (OpenID Connect Core §5.4), as the specification and not as the server has them. */
export const claimsOfScope: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: [
    ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile'],
    ...['picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

type IsSound = (value: JsonValue) => boolean;

/** What is not there is left out: it is not null, not empty, and not the word for nothing either. */
const isText: IsSound = (value) => typeof value === 'string' && value.trim() !== '' && value !== 'null';
const isBoolean: IsSound = (value) => typeof value === 'boolean';
const isBirthdate: IsSound = (value) => /^(\d{4}-\d{2}-\d{2}|\d{4})$/.test(String(value));
const january1990 = Date.UTC(1990, 0) / 1000;

const isAddress: IsSound = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);

/** What the standard claims are (OpenID Connect Core §5.1); all the others are text. */
const kinds: Readonly<Record<string, (value: JsonValue, now: number) => boolean>> = {
  email_verified: isBoolean,
  phone_number_verified: isBoolean,
  birthdate: isBirthdate,
  address: isAddress,
  updated_at: (value, now) => Number.isInteger(value) && Number(value) > january1990 && Number(value) <= now,
};

/**
 * What the suite sees to with every answer of the userinfo endpoint (OpenID Connect Core §5.3.2): JSON, about whom the ID token is
 * about, each claim of its kind. @param scope what was asked for: all that it stands for is there, and nothing else.
 */
export async function checkUserinfo(
  response: Response,
  expected: { readonly sub: string | undefined; readonly scope: string; readonly now: number },
): Promise<JsonObject> {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json(;|$)/);
  const claims = (await response.json()) as JsonObject;
  assert.equal(claims['sub'], expected.sub);
  for (const [name, value] of Object.entries(claims)) {
    assert.ok((kinds[name] ?? isText)(value, expected.now), `${name}: ${JSON.stringify(value)}`);
  }
  const names = expected.scope.split(' ').flatMap((scope) => claimsOfScope[scope] ?? []);
  assert.deepEqual(Object.keys(claims).sort(), names.toSorted());
  return claims;
}
