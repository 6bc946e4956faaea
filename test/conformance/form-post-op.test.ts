import { test } from 'node:test';
import { runModules } from './modules.ts';
import { openPlanWorld } from './plan-world.ts';
import { requestModules } from './request-modules.ts';
import { sessionModules } from './session-modules.ts';
import { tokenModules } from './token-modules.ts';
import { userinfoModules } from './userinfo-modules.ts';

test('oidcc-formpost-basic-certification-test-plan', async (context) => {
  const world = await openPlanWorld(context, { responseMode: 'form_post' });
  const modules = { ...requestModules, ...userinfoModules, ...sessionModules, ...tokenModules };
  await runModules(context, world, modules);
});
