import { z } from 'zod';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import { authMethods, type ClientField, grantTypes, signatureAlgs, type WritableField } from './client.ts';
import { invalid, type Violation } from './errors.ts';
import type { ClientPatch } from './patch.ts';

const text = z.string();
const list = z.array(text);
const flag = z.boolean();
const seconds = z.int();
const alg = z.enum(signatureAlgs);
const json: z.ZodType<JsonValue> = z.json();
const jsonObject = z.record(text, json) as z.ZodType<JsonObject>;

const keyPairType = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('rsa'), modulusLength: z.int(), publicExponent: z.int() }),
  z.strictObject({ type: z.literal('ec'), curve: z.enum(['P-256', 'P-384', 'P-521']) }),
  z.strictObject({ type: z.literal('universal') }),
]);

/** The JSON form of every writable field; whether its value is allowed is for the rules to say. */
const fields = {
  ownerId: text,
  applicationId: text,
  name: text,
  description: text,
  websiteUri: text,
  logo: z.strictObject({ kind: z.literal('external'), uri: text }),
  verified: flag,
  enabled: flag,
  internal: flag,
  redirectUris: list,
  postLogoutRedirectUris: list,
  responseMode: z.enum(['direct_post', 'post']),
  grantTypes: z.array(z.enum(grantTypes)),
  publicRefreshToken: flag,
  publicRevoke: flag,
  refreshTokenIssuance: z.enum(['offline_access', 'always']),
  tokenEndpointAuthMethods: z.array(z.enum(authMethods)),
  tokenEndpointJwtAuthAlg: alg,
  jwks: z.strictObject({ keys: z.array(jsonObject) }),
  jwtPublicKey: text,
  allowedScopes: list,
  authorizeScope: flag,
  authorizedScopes: list,
  accessTokenFormat: z.enum(['jwt', 'opaque']),
  pkceRequired: flag,
  dpopRequired: flag,
  txCodeRequired: flag,
  parRequired: flag,
  accessTokenTtl: seconds,
  authorizationCodeTtl: seconds,
  authorizationRequestTtl: seconds,
  refreshTokenTtl: seconds,
  idTokenTtl: seconds,
  keyPairType,
  signaturesAdapter: z.enum(['internal', 'remote']),
  idTokenSignatureAlg: alg,
  userinfoSignedResponseAlg: alg,
  identityProviderId: text,
  allowedDelegators: list,
  clientCredentialsSubject: text,
  backchannelLogoutUri: text,
  backchannelLogoutSessionRequired: flag,
  frontchannelLogoutUri: text,
  frontchannelLogoutSessionRequired: flag,
  applicationBindings: z.array(
    z.strictObject({
      applicationId: text,
      config: z.strictObject({ jsonConfig: jsonObject }).nullable().default(null),
    }),
  ),
  usesManagedBuckets: flag,
  publicClientId: text,
  checkPublicClientId: flag,
} as const satisfies Record<WritableField, z.ZodType>;

const patchSchema = z.strictObject(
  Object.fromEntries(Object.entries(fields).map(([field, schema]) => [field, schema.nullable().optional()])),
);

/**
 * Reads a patch from its JSON form: record fields by their names, `null` to clear.
 * @throws RegistryError `invalid` naming every field that is unknown or of another type
 */
export function parseClientPatch(input: JsonObject): ClientPatch {
  const parsed = patchSchema.safeParse(input);
  if (parsed.success) return parsed.data as ClientPatch;
  throw invalid(parsed.error.issues.flatMap(violationsOf));
}

function violationsOf(issue: z.core.$ZodIssue): readonly Violation[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    return issue.keys.map((key) => ({
      rule: 'is-a-field',
      field: key as ClientField,
      message: 'is not a field of a client',
    }));
  }
  const [field, ...inner] = issue.path.map(String);
  const where = inner.length > 0 ? `at ${inner.join('.')}: ` : '';
  return [
    { rule: 'has-its-type', field: field as ClientField, message: `${where}${lowerFirst(issue.message)}` },
  ];
}

function lowerFirst(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
