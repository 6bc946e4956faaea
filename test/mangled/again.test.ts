import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { readHtml } from '../fixtures/html-page.ts';
import { rightText } from './manglings.ts';
import { pageTargets } from './page-targets.ts';
import type { PageTarget } from './target.ts';
import { assertClear, contentOf, type MangledWorld, openMangled, type RawAnswer } from './world.ts';

type Open = (world: MangledWorld) => Promise<PageTarget>;

async function openAt(context: TestContext, open: Open) {
  const world = await openMangled(context);
  const target = await open(world);
  return { world, target, send: () => sendRight(world, target) };
}

function sendRight(world: MangledWorld, { requests: [request], parameters }: PageTarget): Promise<RawAnswer> {
  return world.send({ ...(request ?? assert.fail()), text: rightText(parameters) });
}

/** How many rows there are of each kind. */
async function countsOf(world: MangledWorld): Promise<Readonly<Record<string, number>>> {
  const tables: readonly (readonly [string, readonly JsonObject[]])[] = JSON.parse(await contentOf(world));
  return Object.fromEntries(tables.map(([name, rows]) => [name, rows.length]));
}

/** Where an answer leads, or what its page is called. */
const titled = ({ status, location, text }: RawAnswer): string =>
  location ?? `${status} ${readHtml(text, new URL('http://localhost')).title.split(' · ', 1)}`;

const isRefused = (answer: RawAnswer): boolean =>
  /^4\d\d This page (has expired|was sent already)/.test(titled(answer));

/** Sees to it that what did not go through was answered as the page wants it. */
function assertNotThrough(target: PageTarget, answers: readonly RawAnswer[], name: string): void {
  for (const answer of answers) {
    assert.equal(target.succeeds(answer), false, name);
    const fits = target.again === 'is asked again' || isRefused(answer);
    assert.ok(fits, `${name}: ${titled(answer)}`);
  }
}

for (const [name, open] of Object.entries(pageTargets)) {
  test(`${name}: of eight that are sent at once one goes through, and nothing is stored twice`, async (context) => {
    const once = await openAt(context, open);
    const alone = await once.send();
    assert.ok(once.target.succeeds(alone), titled(alone));
    const { world, target, send } = await openAt(context, open);
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    for (const answer of answers) assertClear(world.server, answer, name);
    const through = answers.findIndex(target.succeeds);
    assert.notEqual(through, -1, answers.map(titled).join());
    if (target.again !== 'is harmless') assertNotThrough(target, answers.toSpliced(through, 1), name);
    assert.deepEqual(await countsOf(world), await countsOf(once.world));
  });

  test(`${name}: sent again, or found by the back button, it does nothing more`, async (context) => {
    const { world, target, send } = await openAt(context, open);
    assert.ok(target.succeeds(await send()));
    const before = await contentOf(world);
    const cookie = target.requests[0]?.cookie;
    const again = await send();
    const back = await world.send({ method: 'GET', path: target.address, text: '', cookie });
    for (const answer of [again, back]) assertClear(world.server, answer, name);
    if (target.again !== 'is harmless') assertNotThrough(target, [again, back], name);
    assert.equal(await contentOf(world), before);
  });

  test(`${name}: in two tabs, each is for its own request`, async (context) => {
    const { world, target: first, send } = await openAt(context, open);
    const second = await open(world);
    const answers = [await send(), await sendRight(world, second)];
    for (const answer of answers) assertClear(world.server, answer, name);
    if (first.again === 'is harmless') return;
    assert.deepEqual(
      [first, second].map(({ succeeds }) => answers.map(succeeds)),
      [
        [true, false],
        [false, true],
      ],
      answers.map(titled).join(),
    );
  });
}
