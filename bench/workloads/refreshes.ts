import assert from 'node:assert/strict';
import { publicClient, webClient } from '../setting.ts';
import { connectionCount, type Target, type Workload } from '../workload.ts';
import { type PersonTokens, type SigningInClient, signIn, writeRefresh } from './sign-in-requests.ts';

/** A confidential client: its refresh token stays what it is. */
export async function refreshAgain(target: Target): Promise<Workload> {
  const tokens = await signInOften(target, webClient);
  const requests = tokens.map((token) => writeRefresh(target, webClient, token));
  return { next: (connection) => requests[connection] as Buffer, check: checkAnswers };
}

/** A public client: each answer has the refresh token that the next request needs. */
export async function refreshInTurn(target: Target): Promise<Workload> {
  const tokens = [...(await signInOften(target, publicClient))];
  return {
    next: (connection) => writeRefresh(target, publicClient, tokens[connection] as string),
    heed: ({ body }, connection) => {
      const { refresh_token: successor } = JSON.parse(body.toString()) as PersonTokens;
      assert.ok(successor && successor !== tokens[connection], 'the refresh token did not rotate');
      tokens[connection] = successor;
    },
    check: checkAnswers,
  };
}

function signInOften(target: Target, client: SigningInClient): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: connectionCount }, async () => {
      const { tokens } = await signIn(target, client);
      assert.ok(tokens.refresh_token, 'there is no refresh token');
      return tokens.refresh_token;
    }),
  );
}

const checkAnswers: Workload['check'] = async ({ spread, last }) => {
  const answers = [...spread, ...last].map((body) => JSON.parse(body.toString()) as PersonTokens);
  for (const { access_token, id_token } of answers) assert.ok(access_token && id_token);
  const distinct = new Set(answers.map(({ access_token }) => access_token));
  assert.equal(distinct.size, answers.length, 'a token was issued twice');
};
