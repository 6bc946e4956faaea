import { test } from 'node:test';
import { clientModules } from './client-modules.ts';
import { runModules } from './modules.ts';
import { openPlanWorld } from './plan-world.ts';
import { requestModules, requestObjectModules } from './request-modules.ts';
import { sessionModules } from './session-modules.ts';
import { tokenModules } from './token-modules.ts';
import { userinfoModules } from './userinfo-modules.ts';

test('oidcc-basic-certification-test-plan', async (context) => {
  const world = await openPlanWorld(context);
  await runModules(context, world, {
    ...requestModules,
    ...requestObjectModules,
    ...userinfoModules,
    ...sessionModules,
    ...tokenModules,
    ...clientModules,
  });

  for (const authType of ['client_secret_post', 'private_key_jwt'] as const) {
    await context.test(`where clients prove themselves by ${authType}`, async (variant) => {
      const [client, client2] = [await world.register(authType), await world.register(authType)];
      await runModules(variant, { ...world, client, client2 }, tokenModules);
    });
  }
});
