import { z } from 'zod';
import { shortestPassword } from '../accounts/password-policy.ts';
import { profileClaims } from '../accounts/profile-claims.ts';
import { builtInScopes } from '../applications/scope.ts';
import { longestTokenLifetimeSeconds } from '../clients/rules/authentication.ts';
import { isAbsoluteUri } from '../clients/uri.ts';
import { isUuid } from '../kernel/random.ts';
import { brand } from './brand-schema.ts';
import { ValueFault } from './faults.ts';
import { identityProvider } from './identity-provider-schema.ts';
import { connectionLimits, rateLimits } from './limit-schema.ts';
import { sessions, signUp } from './people-schema.ts';
import { parseClientSecret, parsePassword, parseUsername } from './values.ts';

/** The shape of the file that `CLIENTELE_CONFIG` names. What no schema can say is in `declarations.ts`. */

const json = z.json();
const jsonObject = z.record(z.string(), json);

/** Text that a parser of `values.ts` accepts. */
function textOf(parse: (text: string) => unknown, description: string) {
  return z
    .string()
    .superRefine((text, context) => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof ValueFault)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
      }
    })
    .describe(description);
}

function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

const uuid = z.string().refine(isUuid, 'must be a UUID in lower case');
const path = z.string().min(1);
const name = z.string().min(1).max(200);
const builtInNames = new Set(builtInScopes.map((scope) => scope.name));

const scope = z.strictObject({
  name: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope-token of RFC 6749 Appendix A.4')
    .max(128)
    .refine((text) => !builtInNames.has(text), 'is the name of a built-in scope')
    .describe('Scope-token (RFC 6749 Appendix A.4), unique and not built in.'),
  label: name.describe('What a person reads when asked for consent.'),
  public: z
    .boolean()
    .default(false)
    .describe('Every client may ask for it unless its record narrows the list.'),
});

/** What an application is found by. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const application = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ : -')
    .describe('1 to 64 letters, digits or `. _ : -`.'),
  name: name.describe('What people read.'),
  slug: z
    .string()
    .regex(slugPattern, 'must be 1 to 64 small letters, digits and dashes, and begin and end with no dash')
    .optional()
    .describe(
      '1 to 64 small letters, digits and dashes, unique: what `ApplicationService` finds it by. Where it is absent, the id, if that is such a text.',
    ),
  websiteUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .describe('Where people read more about it.'),
  audience: z
    .string()
    .refine(
      (text) => isAbsoluteUri(text) && !text.includes('#'),
      'must be an absolute URI without fragment, in ASCII (RFC 3986)',
    )
    .describe('The `aud` of access tokens for it (RFC 9068 §3): an absolute URI (RFC 8707 §2).'),
  scopes: z.array(scope).default([]).describe('Scopes of its own: only clients bound to it may have them.'),
  administrators: z
    .array(z.string().min(1))
    .default([])
    .describe('User names or ids of the accounts that administer it and its clients.'),
  configSchema: jsonObject
    .nullable()
    .default(null)
    .describe("JSON Schema (2020-12) of a client's configuration for it; null: any object."),
});

const account = z
  .strictObject({
    id: uuid.optional().describe('UUID, the `sub` of its tokens; made when absent.'),
    username: textOf(parseUsername, '1 to 128 characters, unique whatever its case.'),
    password: textOf(parsePassword, '8 to 1024 characters. Prefer one of the next two.').optional(),
    passwordFile: path.optional().describe('Path of a file that holds the password.'),
    passwordHash: z
      .string()
      .regex(
        /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
        'must be an argon2id PHC string',
      )
      .optional()
      .describe('argon2id PHC string.'),
    administrator: z.boolean().default(false).describe('May administer every client.'),
    disabled: z.boolean().default(false).describe('Cannot sign in.'),
    email: z.email().max(254).optional().describe('E-mail address.'),
    emailVerified: z.boolean().optional().describe('Whether it is known to be theirs; false where not said.'),
    claims: profileClaims
      .optional()
      .describe(
        'What else clients may be told, by the names of OpenID Connect Core §5.1. All of them together.',
      ),
  })
  .refine(
    ({ password, passwordFile, passwordHash }) =>
      [password, passwordFile, passwordHash].filter((given) => given !== undefined).length <= 1,
    'has more than one of password, passwordFile and passwordHash',
  );

const client = z
  .object({
    id: uuid.describe('UUID, the OAuth `client_id`.'),
    secret: textOf(
      parseClientSecret,
      '8 to 1024 printable ASCII characters. Prefer `secretFile`.',
    ).optional(),
    secretFile: path.optional().describe('Path of a file that holds the secret.'),
    secretHash: z
      .string()
      .optional()
      .describe(
        'What another server has kept of the secret: bcrypt, argon2, PBKDF2, scrypt or SHA-2. Read when the client is registered; its first use replaces it.',
      ),
  })
  .catchall(json)
  .refine(
    ({ secret, secretFile, secretHash }) =>
      [secret, secretFile, secretHash].filter((given) => given !== undefined).length <= 1,
    'has more than one of secret, secretFile and secretHash',
  );

const remoteSigner = z.strictObject({
  url: z
    .string()
    .refine(isServiceUrl, 'must be an https URL without user, query and fragment')
    .describe('https URL that the paths of its protocol stand below.'),
  tokenFile: path.describe(
    'Path of a file that holds the bearer token: 16 to 1024 printable ASCII characters.',
  ),
});

const server = z.strictObject({
  brand,
  sessions,
  signUp,
  accessTokenTtl: z
    .int()
    .min(1)
    .max(longestTokenLifetimeSeconds)
    .default(3600)
    .describe('Seconds that an access token is valid, where the client has no own value.'),
  accessTokenAlgorithm: z
    .enum(['ES256', 'RS256'])
    .default('ES256')
    .describe(
      'What access tokens that are JWTs are signed with. `RS256`: for resource servers that verify nothing else (RFC 9068 §2.1); a signature costs some ten times as much. Tokens of either stay in force when it changes.',
    ),
  refreshTokens: z
    .strictObject({
      rotateConfidential: z
        .boolean()
        .default(false)
        .describe(
          'Whether a refresh token is used once by clients that need a secret for it, too. Where none is needed it always is.',
        ),
    })
    .prefault({}),
  secretStorage: z
    .enum(['sealed', 'hashed'])
    .default('sealed')
    .describe('`hashed`: client secrets cannot be read back, and HS* algorithms are refused.'),
  auditRetentionDays: z
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .default(null)
    .describe('Days that audit entries are kept; null: for ever.'),
  keys: z
    .strictObject({
      rotationDays: z
        .int()
        .min(2)
        .max(3650)
        .nullable()
        .default(90)
        .describe(
          'Days that a key of the server signs, and is published before it does; null: until `clientele keys rotate`.',
        ),
    })
    .prefault({}),
  remoteSigner: remoteSigner
    .optional()
    .describe(
      'The service that holds `universal` keys ([protocol](remote-signer.md)); without it clients cannot have one.',
    ),
  passwords: z
    .strictObject({
      minimumLength: z
        .int()
        .min(shortestPassword)
        .max(64)
        .default(shortestPassword)
        .describe(
          'Characters that a password has at least when a person chooses it. 15 is advised where nobody has a second factor (NIST SP 800-63B-4 §3.1.1.2).',
        ),
    })
    .prefault({}),
  ...connectionLimits,
  rateLimits: rateLimits.prefault({}),
  metrics: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Counts, and serves `/metrics` ([what](metrics.md)).'),
      tokenFile: path
        .optional()
        .describe(
          'Path of a file that holds the bearer token that `/metrics` asks for: 16 to 1024 printable ASCII characters. Without it everybody may read them.',
        ),
    })
    .prefault({}),
  dialects: z
    .strictObject({
      connect: z.boolean().default(true).describe('Serves `/xeonr.auth.api.v1.ClientsService/*`.'),
      loginApi: z.boolean().default(true).describe('Serves `/auth/api/login/client`.'),
      clientsApi: z
        .boolean()
        .default(true)
        .describe('Serves `/api/clients`, `/api/scopes` and `/api/identity-providers`.'),
    })
    .prefault({}),
});

/** Everything that the file may say. */
export const fileSchema = z.strictObject({
  server: server.prefault({}),
  applications: z.array(application).default([]),
  scopes: z.array(scope).default([]),
  accounts: z.array(account).default([]),
  clients: z.array(client).default([]),
  identityProviders: z
    .array(identityProvider)
    .default([])
    .describe('As long as they are declared, no face changes or deletes them.'),
});

/** The parsed file, before secrets are read and names are compared. */
export type ParsedFile = z.output<typeof fileSchema>;
