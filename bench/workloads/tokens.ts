import assert from 'node:assert/strict';
import { jwtClient, opaqueClient, originAt, tokenTtl } from '../setting.ts';
import type { Target, Workload } from '../workload.ts';
import { loadKeys, verifyJwt } from './jwt.ts';
import { introspect, readToken, tokenRequest } from './token-requests.ts';

/** Client credentials for an ES256 JWT: every one is checked against the keys of its server. */
export async function askForJwts(target: Target): Promise<Workload> {
  const request = tokenRequest(target, jwtClient);
  const keys = await loadKeys(target);
  return {
    next: () => request,
    check: async ({ spread, last }) => {
      const claims = [...spread, ...last].map((body) => verifyJwt(readToken(body), keys));
      for (const { iss, client_id, sub, exp, iat } of claims) {
        assert.deepEqual([iss, client_id, sub], [originAt(target.port), jwtClient.id, jwtClient.id]);
        assert.equal(Number(exp) - Number(iat), tokenTtl);
      }
      checkDistinct(claims.map(({ jti }) => String(jti)));
    },
  };
}

/** Client credentials for an opaque token: the last ones are introspected. */
export async function askForOpaqueTokens(target: Target): Promise<Workload> {
  const request = tokenRequest(target, opaqueClient);
  return {
    next: () => request,
    check: async ({ spread, last }) => {
      checkDistinct([...spread, ...last].map(readToken));
      for (const body of last) {
        const { active } = await introspect(target, opaqueClient, readToken(body));
        assert.equal(active, true);
      }
    },
  };
}

function checkDistinct(values: readonly string[]): void {
  assert.equal(new Set(values).size, values.length, 'a token was issued twice');
}
