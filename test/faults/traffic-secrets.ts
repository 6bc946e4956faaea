import type { Traffic, World } from './world.ts';
import { administrationOf, anyOf, aSecretText, bodyOf, registerClient, requestToken } from './world.ts';

/** Through which way the secret is replaced: now and then by one that the server makes, whose text only the answer tells. */
const everyNthIsGenerated = 4;
/** How many of the dead are tried in the end, on every node. */
const mostTried = 40;

/** Replaces the secret of one client, and tries old and new ones on any node. */
export async function openSecrets(world: World): Promise<Traffic> {
  const { ledger, send, chance } = world;
  const faces = administrationOf(world);
  const { id, secret } = await registerClient(world);
  /** What may be the live one: the last acknowledged, and those sent since. */
  let live = [secret];
  /** Nobody knows the live one: the server has made it, perhaps, and the answer was lost. */
  let mayBeUnknown = false;
  const dead: string[] = [];
  let steps = 0;

  const replacedBy = (text: string): void => {
    dead.push(...live.filter((candidate) => candidate !== text));
    live = [text];
    mayBeUnknown = false;
    ledger.noteChange();
  };

  const choose = async (): Promise<void> => {
    const text = aSecretText();
    const { ending } = await faces.clients(anyOf(world), 'PATCH', id, { secret: text });
    if (ending === 'ok') return replacedBy(text);
    ledger.check(ending !== 'refused', 'a good secret was refused as the caller’s fault');
    live.push(text);
  };

  const generate = async (): Promise<void> => {
    const answer = await faces.connect(anyOf(world), 'RegenerateSecret', {
      clientId: id,
      includeSecret: true,
    });
    const text = bodyOf(answer)['clientSecret'];
    if (typeof text === 'string') return replacedBy(text);
    ledger.check(answer.ending !== 'refused', 'a regeneration was refused as the caller’s fault');
    mayBeUnknown = true;
  };

  const tryDead = async (text: string, node = anyOf(world)): Promise<void> => {
    const { ending } = await requestToken(send, node, { id, secret: text });
    ledger.check(ending !== 'ok', 'a secret that was replaced is accepted');
  };

  const tryLive = async (node = anyOf(world)): Promise<void> => {
    const [text = ''] = live;
    if (live.length > 1 || mayBeUnknown) return;
    const { ending } = await requestToken(send, node, { id, secret: text });
    ledger.check(ending !== 'refused', 'a secret that was acknowledged is refused');
  };

  return {
    step: async () => {
      steps += 1;
      await (steps % everyNthIsGenerated === 0 ? generate() : choose());
      await tryLive();
      if (dead.length > 0) await Promise.all([tryDead(dead.at(-1) ?? ''), tryDead(chance.pick(dead))]);
    },
    inspect: async () => {
      const rows = await world.look(`select id from client_secrets where client_id = '${id}'`);
      ledger.check(rows.length === 1, `a client whose secret was replaced has ${rows.length} of them`);
      for (const node of world.nodes) {
        await tryLive(node);
        await Promise.all(dead.slice(-mostTried).map((text) => tryDead(text, node)));
      }
      const candidates = await Promise.all(
        live.map((text) => requestToken(send, anyOf(world), { id, secret: text })),
      );
      const accepted = candidates.filter(({ ending }) => ending === 'ok').length;
      ledger.check(
        accepted === 1 || (accepted === 0 && mayBeUnknown),
        `${accepted} secrets of a client are accepted`,
      );
    },
  };
}
