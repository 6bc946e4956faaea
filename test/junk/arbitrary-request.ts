import fc from 'fast-check';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { connectPaths, type Sent } from './target.ts';

const formPaths = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'];

const documentPaths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth/jwks',
  '/health/live',
  '/health/ready',
  '/openapi.json',
  '/logos/a/5f0c2f6e-3a53-4a5e-9a51-0d6f5b1c7e01.png',
];

/** What the REST dialects serve, about the canary or an internal client. */
const restPathsOf = (canary: string): readonly string[] => [
  '/auth/api/login/client',
  `/auth/api/login/client/${canary}`,
  `/auth/api/login/client/${bootstrap.id}/client-secret`,
  `/auth/api/login/client/${canary}/client-secret/0`,
  '/api/clients',
  `/api/clients/${canary}`,
  `/api/clients/${canary}/regenerate_key_pair`,
  `/api/scopes/${canary}`,
  '/api/identity-providers',
];

const headerValue = fc.string({ unit: fc.constantFrom(...'aZ09 -_.,;:=/+*"\\(){}<>@?~%é\t'), maxLength: 60 });

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '\u0000',
    '%',
    '%00',
    '💥',
    '{}',
    '[]',
    'null',
    '*',
    '..',
    bootstrap.id,
  ),
);

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  text.map((value) => Buffer.from(value)),
  fc.json({ maxDepth: 6 }).map((value) => Buffer.from(value)),
);

/** JSON with the words of the contracts, so that junk comes past the first gate. */
const fieldNames = ClientsService.methods.flatMap(({ input }) =>
  input.fields.map(({ jsonName }) => jsonName),
);

const wireJson = (canary: string) =>
  fc
    .dictionary(
      fc.constantFrom(...fieldNames),
      fc.oneof(
        fc.constantFrom<unknown>(canary, bootstrap.id, '*', true, null, ''),
        fc.jsonValue({ maxDepth: 4 }),
        text,
      ),
      { maxKeys: 6 },
    )
    .map((value) => Buffer.from(JSON.stringify(value)));

const parameterNames = [
  'grant_type',
  'scope',
  'resource',
  'token',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'token_type_hint',
  '__proto__',
];

const formBody = fc
  .array(
    fc.tuple(
      fc.constantFrom(...parameterNames),
      fc.oneof(fc.constantFrom('client_credentials', bootstrap.id, 'password', 'admin', 'login'), text),
    ),
    { maxLength: 8 },
  )
  .map((pairs) =>
    Buffer.from(
      pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    ),
  );

/** Flips, cuts and repeats octets of a valid body. */
function mutated(bodies: readonly string[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(400), fc.nat(255), fc.constantFrom('flip', 'cut', 'insert'));
  return fc
    .tuple(fc.constantFrom(...bodies), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([valid, changes]) => {
      const octetsOf = [...Buffer.from(valid)];
      for (const [at, octet, kind] of changes) {
        const place = at % (octetsOf.length + 1);
        if (kind === 'flip') octetsOf[place] = octet;
        else if (kind === 'cut') octetsOf.length = place;
        else octetsOf.splice(place, 0, octet);
      }
      return Uint8Array.from(octetsOf);
    });
}

const contentTypes = [
  'application/json',
  'application/proto',
  'application/connect+proto',
  'application/grpc-web+proto',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/json; charset=utf-16',
  '',
  ';;',
];

/** Requests of every kind; none carries a credential that may change something. */
export function anyRequest(canary: string, readToken: string): fc.Arbitrary<Sent> {
  const authorization = fc.oneof(
    fc.constantFrom(
      undefined,
      `Bearer ${readToken}`,
      'Bearer',
      'Basic',
      `Basic ${btoa(`${bootstrap.id}:wrong`)}`,
      'DPoP x',
    ),
    headerValue.map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
    headerValue,
  );
  const extra = fc.dictionary(
    fc.constantFrom(
      'accept',
      'accept-encoding',
      'accept-version',
      'content-encoding',
      'connect-protocol-version',
      'connect-timeout-ms',
      'if-none-match',
      'x-request-id',
      'x-forwarded-for',
      'x-http-method-override',
      'cookie',
      'origin',
      'range',
      'upgrade',
      'te',
      'dpop',
    ),
    fc.oneof(headerValue, fc.constantFrom('gzip', 'identity', '1', '0', '-1', 'h2c', 'trailers', '*')),
    { maxKeys: 4 },
  );
  const path = fc
    .tuple(
      fc.constantFrom(...connectPaths, ...formPaths, ...restPathsOf(canary), ...documentPaths, '/', '*'),
      fc.constantFrom(
        '',
        '',
        '',
        '',
        '?',
        '?a=b',
        '?%',
        '/',
        '/..',
        '//',
        '%00',
        '%zz',
        ';a',
        '#a',
        '%2e%2e/',
      ),
    )
    .map(([base, suffix]) => base + suffix);
  return fc.record({
    method: fc.constantFrom(
      'POST',
      'POST',
      'POST',
      'GET',
      'HEAD',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'QUERY',
    ),
    path,
    headers: fc
      .tuple(authorization, fc.constantFrom(...contentTypes), extra)
      .map(([credentials, contentType, others]) => ({
        ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, value.trim()])),
        ...(contentType !== '' && { 'content-type': contentType }),
        ...(credentials !== undefined && { authorization: credentials.trim() }),
      })),
    body: fc.oneof(
      octets,
      formBody,
      wireJson(canary),
      mutated([
        `{"clientId":"${canary}","name":"Junk","updateMask":"name"}`,
        'grant_type=client_credentials&scope=login',
        `{"clientId":["${canary}"]}`,
      ]),
    ),
  });
}
