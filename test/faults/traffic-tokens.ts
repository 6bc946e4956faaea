import type { Credentials, Traffic, World } from './world.ts';
import { anyOf, bodyOf, requestToken, sendForm } from './world.ts';

/** Of the tokens that are issued, each third is kept. */
const everyNthIsKept = 3;
/** How many of each kind are looked at in the end, on every node. */
const mostInspected = 60;

/** Issues, introspects and revokes tokens of `client`. */
export async function openTokens(world: World, client: Credentials): Promise<Traffic> {
  const { ledger, send, chance } = world;
  const kept: string[] = [];
  const revoked: string[] = [];
  /** Nobody has answered their revocation, or it was answered that it had failed. */
  const doubtful: string[] = [];
  let steps = 0;

  const check = async (token: string, wanted: 'active' | 'revoked', node = anyOf(world)): Promise<void> => {
    const answer = await sendForm(send, node, '/oauth/introspect', client, { token });
    if (answer.ending !== 'ok') {
      ledger.check(answer.ending !== 'refused', 'an introspection was refused as the caller’s fault');
      return;
    }
    const { active } = bodyOf(answer);
    if (wanted === 'active') ledger.check(active === true, 'a token that was issued is lost');
    else ledger.check(active === false, 'a token that was revoked is active');
  };

  const revoke = async (token: string): Promise<boolean> => {
    const { ending } = await sendForm(send, anyOf(world), '/oauth/revoke', client, { token });
    ledger.check(ending !== 'refused', 'a revocation was refused as the caller’s fault');
    if (ending === 'ok') {
      ledger.noteChange();
      revoked.push(token);
      await check(token, 'revoked');
    }
    return ending === 'ok';
  };

  return {
    step: async () => {
      steps += 1;
      const answer = await requestToken(send, anyOf(world), client);
      ledger.check(answer.ending !== 'refused', 'a good token request was refused');
      const { access_token: token } = bodyOf(answer);
      if (typeof token !== 'string') return;
      await check(token, 'active');
      if (steps % everyNthIsKept === 0) kept.push(token);
      else if (!(await revoke(token))) doubtful.push(token);
      if (revoked.length > 0) await check(chance.pick(revoked), 'revoked');
    },
    inspect: async () => {
      for (const token of doubtful.slice(-mostInspected)) await revoke(token);
      for (const node of world.nodes) {
        await Promise.all(revoked.slice(-mostInspected).map((token) => check(token, 'revoked', node)));
        await Promise.all(kept.slice(-mostInspected).map((token) => check(token, 'active', node)));
      }
    },
  };
}
