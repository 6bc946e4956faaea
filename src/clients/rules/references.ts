import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { isUuid } from '../../kernel/random.ts';
import type { Client } from '../client.ts';
import type { KnownApplication } from '../references.ts';
import {
  added,
  duplicateFault,
  faultsOf,
  lengthFault,
  type Rule,
  type RuleContext,
  toKebabCase,
} from './rule.ts';

const mostDelegators = 100;
const mostBindings = 100;
const mostScopes = 500;
/** Of all bindings as JSON in UTF-8: a JWT carries them, and has to fit into a header. */
const mostBindingOctets = 6144;
/** Levels of a `jsonConfig` that every face can carry: JSON bodies are read to 32, of which a face's own shape takes four. */
export const deepestConfig = 28;
/** A scope-token of RFC 6749 Appendix A.4. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

function pointsAt(
  field: 'identityProviderId' | 'clientCredentialsSubject' | 'applicationId',
  source: string,
  exists: (id: string, context: RuleContext) => boolean,
): Rule {
  return {
    name: `${toKebabCase(field)}-exists`,
    field,
    source,
    check: (client, context) => {
      const id = client[field];
      if (id === null || id === context.previous?.[field] || exists(id, context)) return undefined;
      return 'does not exist';
    },
  };
}

function scopeFaults(field: 'allowedScopes' | 'authorizedScopes'): Rule {
  return {
    name: field === 'allowedScopes' ? 'allowed-scopes-are-known' : 'authorized-scopes-are-known',
    field,
    source: 'RFC 7591 §2 scope',
    check: (client, { previous, references }) => {
      const scopes = client[field] ?? [];
      const isUnknown = added(scopes, previous?.[field]).some(
        (name) => !scopeToken.test(name) || references.scope(name) === undefined,
      );
      return faultsOf([
        isUnknown && 'names a scope that does not exist',
        scopes.length > mostScopes && `must have at most ${mostScopes} entries`,
        duplicateFault(scopes),
      ]);
    },
  };
}

function delegatorFaults({ id, allowedDelegators }: Client, context: RuleContext): readonly string[] {
  const isUnknown = added(allowedDelegators, context.previous?.allowedDelegators).some(
    (delegator) => delegator !== id && !context.references.client(delegator),
  );
  return faultsOf([
    isUnknown && 'names a client that does not exist',
    allowedDelegators.includes(id) && 'must not contain the client itself',
    allowedDelegators.length > mostDelegators && `must have at most ${mostDelegators} entries`,
    duplicateFault(allowedDelegators),
  ]);
}

function configFaults(json: JsonObject, application: KnownApplication): readonly string[] {
  if (isDeeperThan(deepestConfig, json)) return [`has a jsonConfig of more than ${deepestConfig} levels`];
  return application.configFaults(json).map((fault) => `has a jsonConfig in which ${fault}`);
}

function isDeeperThan(levels: number, value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

function bindingFaults({ applicationBindings: bindings }: Client, context: RuleContext): readonly string[] {
  const before = context.previous?.applicationBindings ?? [];
  const faults = bindings.flatMap(({ applicationId, config }) => {
    const old = before.find((binding) => binding.applicationId === applicationId);
    if (old && isDeepStrictEqual(old.config, config)) return [];
    const application = context.references.application(applicationId);
    if (!application) return ['names an application that does not exist'];
    return configFaults(config?.jsonConfig ?? {}, application);
  });
  return faultsOf([
    ...faults,
    bindings.length > mostBindings && `must have at most ${mostBindings} entries`,
    Buffer.byteLength(JSON.stringify(bindings)) > mostBindingOctets &&
      `must be at most ${mostBindingOctets} octets of JSON together`,
    duplicateFault(bindings.map(({ applicationId }) => applicationId)),
  ]);
}

/** Rules on what a record points at. Only what a change adds must exist: a thing that is gone is refused where it is used. */
export const referenceRules: readonly Rule[] = [
  {
    name: 'id-is-a-uuid',
    field: 'id',
    source: 'RFC 9562 §4',
    check: ({ id }) => (isUuid(id) ? undefined : 'must be a UUID in lower case'),
  },
  {
    name: 'id-is-no-account',
    field: 'id',
    source: 'RFC 9700 §4.15',
    check: ({ id }, { previous, references }) =>
      previous === null && references.account(id) ? 'has already been taken' : undefined,
  },
  pointsAt(
    'applicationId',
    'contract of the Connect dialect',
    (id, { references }) => references.application(id) !== undefined,
  ),
  pointsAt('identityProviderId', 'contract of the clients API', (id, { references }) =>
    references.identityProvider(id),
  ),
  pointsAt('clientCredentialsSubject', 'contract of the login API', (id, { references }) =>
    references.account(id),
  ),
  scopeFaults('allowedScopes'),
  scopeFaults('authorizedScopes'),
  {
    name: 'delegators-are-other-clients',
    field: 'allowedDelegators',
    source: 'RFC 8693 §4.4, contract of the Connect dialect',
    check: delegatorFaults,
  },
  {
    name: 'bindings-are-of-known-applications',
    field: 'applicationBindings',
    source: 'contract of the Connect dialect',
    check: bindingFaults,
  },
  {
    name: 'public-client-id-is-short',
    field: 'publicClientId',
    source: 'contract of the clients API',
    check: ({ publicClientId }) => lengthFault(publicClientId, 0, 255),
  },
];
