import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

interface Checker {
  readonly run: (options: object) => Promise<{ readonly violations: readonly Violation[] }>;
}

/** Loads the accessibility checker with every page of `context`. */
export async function loadChecker(context: BrowserContext): Promise<void> {
  await context.addInitScript(axe);
}

/** What the checker finds wrong with the page that is open. @param rules default: all */
export function violationsOf(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  return page.evaluate(async (only) => {
    const { axe: checker } = globalThis as unknown as { readonly axe: Checker };
    const { violations } = await checker.run({
      resultTypes: ['violations'],
      ...(only && { runOnly: only }),
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, rules);
}
