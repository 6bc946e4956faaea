import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointTargets } from './endpoint-targets.ts';
import { manglingsOf, rightText } from './manglings.ts';
import { pageTargets } from './page-targets.ts';
import { get, isOk, type Target } from './target.ts';
import { assertClear, contentOf, type MangledWorld, needed, openMangled, optional } from './world.ts';

type Open = (world: MangledWorld) => Promise<Target>;

/** The page itself, as it is opened by its address. */
const opening =
  (open: (typeof pageTargets)[string]): Open =>
  async (world) => {
    const { address, requests } = await open(world);
    const { pathname, searchParams } = new URL(address, world.server.issuer);
    const interaction = searchParams.get('interaction');
    const parameters = interaction === null ? {} : { interaction };
    return {
      requests: get(pathname, requests[0]?.cookie),
      // Whoever comes to /login without a request signs in to their account.
      parameters: pathname === '/login' ? optional(parameters) : needed(Object.entries(parameters)),
      succeeds: isOk,
    };
  };

const targets: readonly (readonly [string, Open])[] = [
  ...Object.entries({ ...endpointTargets, ...pageTargets }),
  ...Object.entries(pageTargets).map(([name, open]) => [`the address of ${name}`, opening(open)] as const),
];

for (const [name, open] of targets) {
  test(`${name}: a parameter that is missing, repeated, empty, oversized or wrongly encoded gets a clear answer, and changes nothing`, async (context) => {
    const world = await openMangled(context);
    const { requests, parameters, succeeds } = await open(world);
    const before = await contentOf(world);
    const wentThrough: string[] = [];
    for (const request of requests) {
      for (const { what, text } of manglingsOf(parameters)) {
        const answer = await world.send({ ...request, text });
        const title = `${request.method} ${request.path} with ${what}`;
        assertClear(world.server, answer, title);
        if (succeeds(answer)) wentThrough.push(title);
      }
    }
    assert.deepEqual(wentThrough, []);
    assert.equal(await contentOf(world), before);
    const [request] = requests;
    const right = await world.send({ ...(request ?? assert.fail()), text: rightText(parameters) });
    assert.ok(succeeds(right), `${right.status} ${right.location} ${right.text}`);
  });
}
