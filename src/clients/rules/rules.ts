import type { Face } from '../../kernel/audit.ts';
import type { Client, ClientField } from '../client.ts';
import type { Violation } from '../errors.ts';
import { authenticationRules } from './authentication.ts';
import { displayRules } from './display.ts';
import { faceLimits } from './face-limits.ts';
import { redirectRules } from './redirects.ts';
import { referenceRules } from './references.ts';
import type { Rule, RuleContext } from './rule.ts';
import { signingRules } from './signing.ts';

/** Every rule on a client record, in the order in which violations are reported. */
export const rules: readonly Rule[] = [
  ...referenceRules,
  ...displayRules,
  ...redirectRules,
  ...authenticationRules,
  ...signingRules,
  ...faceLimits,
];

/** All rules that `client` breaks when `face` changes the fields of `changed` (for a new client: all of them). */
export function brokenRules(
  client: Client,
  context: RuleContext,
  change: { readonly face: Face; readonly changed: readonly ClientField[] },
): readonly Violation[] {
  return rules
    .filter((rule) => isBinding(rule, change))
    .flatMap((rule) => {
      const faults = rule.check(client, context) ?? [];
      const messages = typeof faults === 'string' ? [faults] : faults;
      return messages.map((message) => ({ rule: rule.name, field: rule.field, message }));
    });
}

function isBinding(
  rule: Rule,
  change: { readonly face: Face; readonly changed: readonly ClientField[] },
): boolean {
  if (rule.face === undefined) return true;
  const bound = rule.binds ?? [rule.field];
  return rule.face === change.face && bound.some((field) => change.changed.includes(field));
}
