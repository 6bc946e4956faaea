import type { SignatureAlg } from '../../clients/client.ts';
import { type Clock, secondsAfter } from '../../kernel/clock.ts';
import { type JsonObject, type JsonValue, sha256 } from '../../kernel/encoding.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import { requireParameter } from '../form.ts';
import type { SingleUseStore } from '../store.ts';
import { endpointPaths } from '../vocabulary.ts';
import { type Assertion, algNamed, isMacAlg } from './assertion.ts';
import { checkAssertionClaims } from './assertion-claims.ts';
import { parseCompactJws } from './compact-jws.ts';
import { authenticationFailed, type Credentials, type CredentialsReader } from './method.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** In characters; what clients send has a few hundred. */
const longestAssertion = 8192;

/** RFC 7519 §5.1, and the type that the revision of RFC 7523 gives to client assertions. */
const mediaTypes = ['jwt', 'client-authentication+jwt'];

/**
 * Parameters that say where the key is or change how the rest is read. Keys come from the client's record alone, and
 * there is no extension that this server knows.
 */
const refusedParameters = ['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64'];

/**
 * Makes the reader of client assertions (RFC 7521 §4.2, RFC 7523 §2.2). What stands in one is judged before anything is
 * looked up: it is the caller's own word, so that the time it takes tells nothing. The algorithm decides the method.
 */
export function createAssertionReader(deps: {
  readonly issuer: string;
  readonly clock: Clock;
}): CredentialsReader {
  const { issuer, clock } = deps;
  const audiences = new Set([issuer, issuer + endpointPaths.token]);
  return {
    isUsed: ({ form }) =>
      form.get('client_assertion') !== undefined || form.get('client_assertion_type') !== undefined,
    read({ form }): Credentials {
      const type = requireParameter(form, 'client_assertion_type');
      const jws = requireParameter(form, 'client_assertion');
      if (type !== assertionType) throw authenticationFailed('an assertion of an unknown type');
      const parsed = jws.length > longestAssertion ? undefined : parseCompactJws(jws);
      if (parsed === undefined) throw authenticationFailed('the assertion is malformed or too long');
      const { alg, kid } = checkHeader(parsed.header);
      const { clientId, ...claims } = checkAssertionClaims(parsed.payload, { audiences, now: clock.now() });
      return isMacAlg(alg)
        ? { method: 'client_secret_jwt', clientId, assertion: { jws, alg, kid, ...claims } }
        : { method: 'private_key_jwt', clientId, assertion: { jws, alg, kid, ...claims } };
    },
  };
}

/** Lets each assertion authenticate its client once. To be called when all else is proven, so that nobody else uses one up. */
export function createAssertionUse(deps: {
  readonly singleUse: SingleUseStore;
}): (clientId: string, assertion: Assertion) => Promise<void> {
  return async (clientId, { jti, exp }) => {
    const outcome = await deps.singleUse.claim({
      kind: 'client-assertion',
      // Hashed, because a jti may hold what an engine cannot store.
      key: sha256(`${clientId} ${jti}`),
      expiresAt: secondsAfter(exp, clockSkewSeconds),
    });
    if (outcome === 'replayed') throw authenticationFailed('the assertion has been used before');
  };
}

function checkHeader(header: JsonObject): { readonly alg: SignatureAlg; readonly kid: string | undefined } {
  const { typ, kid } = header;
  const alg = algNamed(header['alg']);
  if (alg === undefined) throw authenticationFailed('the algorithm is not one of assertions');
  if (typ !== undefined && !isMediaType(typ)) throw authenticationFailed('the type is not one of assertions');
  const refused = refusedParameters.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw authenticationFailed(`the header has ${refused}`);
  if (kid !== undefined && typeof kid !== 'string') throw authenticationFailed('kid is no string');
  return { alg, kid };
}

/** Media types have no case (RFC 7515 §4.1.9). */
function isMediaType(typ: JsonValue): boolean {
  return typeof typ === 'string' && mediaTypes.includes(typ.toLowerCase());
}
