import type { Client } from './client.ts';
import { RegistryError, type RegistryErrorCode } from './errors.ts';
import type { References } from './references.ts';
import { added } from './rules/rule.ts';
import type { Visibility } from './store.ts';

/** Who asks: what a verified access token, or the operator at the command line, may do to clients. */
export interface Actor {
  /** The account or client that acts; recorded as the owner of what it creates, and in audit entries. */
  readonly subject: string;
  /** The scopes of its token. */
  readonly scopes: ReadonlySet<string>;
  /** Sees every client. */
  readonly administrator: boolean;
  /** Sees every client too, and gives it any scope but a management scope; in all else like everybody. Absent: false. */
  readonly managesEveryClient?: boolean;
  /** Ids of the applications that it administers. */
  readonly administers: ReadonlySet<string>;
  /** The operator's own configuration and command line: may write internal clients and give every scope. */
  readonly operator: boolean;
}

/** The operator's configuration and command line. */
export const operator: Actor = {
  subject: 'operator',
  scopes: new Set(),
  administrator: true,
  administers: new Set(),
  operator: true,
};

function hasEveryClient({ administrator, managesEveryClient = false }: Actor): boolean {
  return administrator || managesEveryClient;
}

/** Whether `actor` may see `client`: all, or what it owns or whose application it administers. */
export function maySee(actor: Actor, client: Pick<Client, 'ownerId' | 'applicationId'>): boolean {
  if (hasEveryClient(actor)) return true;
  if (client.ownerId === actor.subject) return true;
  return client.applicationId !== null && actor.administers.has(client.applicationId);
}

/** The same as a filter for storage; undefined: no filter. */
export function visibilityOf(actor: Actor): Visibility | undefined {
  if (hasEveryClient(actor)) return undefined;
  return { ownerId: actor.subject, applicationIds: [...actor.administers] };
}

/** A change as the policy sees it. `before` null: creation. `after` null: deletion. Both the same: a use of secrets, unless it keeps all. */
export interface PolicyQuestion {
  readonly actor: Actor;
  readonly before: Client | null;
  readonly after: Client | null;
  readonly references: References;
  /** The request changes nothing and uses nothing: it writes back what it has read. Absent: false. */
  readonly keeps?: boolean;
}

interface PolicyRule {
  readonly name: string;
  readonly code: RegistryErrorCode;
  readonly message?: string;
  /** Asked also of a request that gives nobody anything: one that keeps all, or a deletion. Absent: false. */
  readonly always?: true;
  readonly isBroken: (question: PolicyQuestion) => boolean;
}

/** Whether the change gives `field` another value; a creation is compared with nothing, so `false` and null are no change. */
function changes(field: 'verified' | 'enabled' | 'ownerId' | 'clientCredentialsSubject' | 'applicationId') {
  return ({ before, after }: PolicyQuestion): boolean => {
    if (after === null) return false;
    return before === null ? Boolean(after[field]) : after[field] !== before[field];
  };
}

/** Every scope that the record names, also those that are switched off. */
function namedScopes(client: Client | null): readonly string[] {
  return [...(client?.allowedScopes ?? []), ...(client?.authorizedScopes ?? [])];
}

/** The scopes of the record that tokens may have. */
function effectiveScopes(client: Client | null): readonly string[] {
  return [...(client?.allowedScopes ?? []), ...(client?.authorizeScope ? client.authorizedScopes : [])];
}

function managementScopesOf({ references }: PolicyQuestion, client: Client | null): readonly string[] {
  return namedScopes(client).filter((name) => references.scope(name)?.management);
}

/**
 * The scopes that the actor gives: what the change adds, named or effective. Who is not the owner gives himself, with the
 * client's secret, also all that the client has.
 */
function givenScopes({ actor, before, after }: PolicyQuestion): readonly string[] {
  const isOwner = before === null || before.ownerId === actor.subject;
  return [
    ...added(namedScopes(after), namedScopes(before)),
    ...added(effectiveScopes(after), effectiveScopes(before)),
    ...(isOwner ? [] : effectiveScopes(before)),
  ];
}

/** Whether the client acts, or would act, in the name of an account that is not the actor's own. */
function actsForAnother({ actor, before, after }: PolicyQuestion): boolean {
  const subjects = [before?.clientCredentialsSubject ?? null, after?.clientCredentialsSubject ?? null];
  return subjects.some((subject) => subject !== null && subject !== actor.subject);
}

/** Whether the actor may give `name` to a client: it is public, the actor holds it, or it is of an application of the actor's. */
function mayGive({ actor, references }: PolicyQuestion, name: string): boolean {
  const scope = references.scope(name);
  if (scope === undefined || scope.public || actor.scopes.has(name)) return true;
  return scope.applicationId !== null && actor.administers.has(scope.applicationId);
}

/** Asked in this order; the first that is broken refuses. The old record and the new are both looked at. */
const policy: readonly PolicyRule[] = [
  {
    name: 'see-before-touch',
    code: 'not_found',
    always: true,
    isBroken: ({ actor, before }) => before !== null && !maySee(actor, before),
  },
  {
    name: 'internal-clients-are-the-operators',
    code: 'protected',
    always: true,
    isBroken: ({ actor, before, after }) => !actor.operator && Boolean(before?.internal || after?.internal),
  },
  {
    name: 'no-escalation',
    code: 'forbidden',
    message: 'The client holds, or would hold, a management scope that the caller does not.',
    isBroken: (question) =>
      !question.actor.operator &&
      [question.before, question.after]
        .flatMap((client) => managementScopesOf(question, client))
        .some((scope) => !question.actor.scopes.has(scope)),
  },
  {
    name: 'private-scopes-are-given-by-their-holders',
    code: 'forbidden',
    message:
      'The client holds, or would hold, a private scope that the caller neither holds nor administers.',
    isBroken: (question) =>
      !hasEveryClient(question.actor) && givenScopes(question).some((name) => !mayGive(question, name)),
  },
  {
    name: 'no-self-promotion',
    code: 'forbidden',
    message: 'A client cannot verify, enable or disable itself.',
    isBroken: (question) =>
      question.actor.subject === question.before?.id &&
      (changes('verified')(question) || changes('enabled')(question)),
  },
  {
    name: 'administrators-verify',
    code: 'forbidden',
    message: 'Only an administrator marks a client as verified.',
    isBroken: (question) => !question.actor.administrator && changes('verified')(question),
  },
  {
    name: 'administrators-lend-accounts',
    code: 'forbidden',
    message: 'Only an administrator manages a client that acts in the name of an account.',
    isBroken: (question) =>
      !question.actor.administrator &&
      (changes('clientCredentialsSubject')(question) || actsForAnother(question)),
  },
  {
    name: 'owners-stay',
    code: 'forbidden',
    message: 'Only an administrator gives a client to another owner.',
    isBroken: (question) =>
      !question.actor.administrator &&
      (question.before === null
        ? question.after?.ownerId !== question.actor.subject
        : changes('ownerId')(question)),
  },
  {
    name: 'applications-admit-their-clients',
    code: 'forbidden',
    message: 'Only who administers an application brings clients into it, or takes them out.',
    isBroken: (question) =>
      !question.actor.administrator &&
      changes('applicationId')(question) &&
      [question.before, question.after].some(
        (client) => client?.applicationId && !question.actor.administers.has(client.applicationId),
      ),
  },
];

/**
 * Refuses what the actor may not do.
 * @throws RegistryError `not_found`, `protected` or `forbidden`
 */
export function checkPolicy(question: PolicyQuestion): void {
  const givesNothing = question.after === null || question.keeps === true;
  const broken = policy.find((rule) => (rule.always || !givesNothing) && rule.isBroken(question));
  if (broken) throw new RegistryError(broken.code, broken.message);
}
