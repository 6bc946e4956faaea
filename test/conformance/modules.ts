import type { TestContext } from 'node:test';
import type { PlanWorld } from './plan-world.ts';

/** Modules of a plan, by what they find to be true. The first word of a title is the public name of the module. */
export type Modules = Readonly<Record<string, (world: PlanWorld) => Promise<void>>>;

/** Runs modules one after the other in one world, as the suite does with a server. */
export async function runModules(context: TestContext, world: PlanWorld, modules: Modules): Promise<void> {
  for (const [title, run] of Object.entries(modules)) await context.test(title, () => run(world));
}
