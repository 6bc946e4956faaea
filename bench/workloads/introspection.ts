import assert from 'node:assert/strict';
import { exchange } from '../load.ts';
import { type ClientCredentials, writeForm } from '../requests.ts';
import { scope } from '../setting.ts';
import { connectionCount, type Target, type Workload } from '../workload.ts';
import { type Introspection, readToken, tokenRequest } from './token-requests.ts';

const tokenCount = 10_000;

/** Introspection in random order over 10,000 tokens of `client`, by itself. */
export function introspectTokensOf(client: ClientCredentials): (target: Target) => Promise<Workload> {
  return async (target) => {
    const tokens = await issueTokens(target, client);
    const endpoint = { port: target.port, path: target.paths.introspection };
    const requests = tokens.map((token) => writeForm(endpoint, client, { token }));
    return {
      next: () => requests[Math.floor(Math.random() * requests.length)] as Buffer,
      check: async ({ spread, last }) => {
        for (const body of [...spread, ...last]) {
          const { active, client_id, scope: granted } = JSON.parse(body.toString()) as Introspection;
          assert.deepEqual([active, client_id, granted], [true, client.id, scope]);
        }
      },
    };
  };
}

async function issueTokens(target: Target, client: ClientCredentials): Promise<readonly string[]> {
  const request = tokenRequest(target, client);
  const tokens = new Set<string>();
  let asked = 0;
  await exchange({
    port: target.port,
    connections: connectionCount,
    next: () => {
      asked += 1;
      return asked > tokenCount ? undefined : request;
    },
    onAnswer: ({ body }) => tokens.add(readToken(body)),
  });
  assert.equal(tokens.size, tokenCount);
  return [...tokens];
}
