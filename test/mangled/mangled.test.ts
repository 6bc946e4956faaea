import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manglingsOf, rightText } from './manglings.ts';
import { targets } from './targets.ts';
import { assertClear, contentOf, openMangled } from './world.ts';

for (const [name, open] of Object.entries(targets)) {
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
