import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { aClient, changed } from '../../test/fixtures/storage-entries.ts';
import type { Face } from '../kernel/audit.ts';
import type { Client } from './client.ts';
import { RegistryError, type RegistryErrorCode } from './errors.ts';
import type { ClientPatch } from './patch.ts';
import { type Actor, checkPolicy, maySee, operator } from './policy.ts';
import type { References } from './references.ts';

const management = ['oauth:clients:manage', 'admin'];

/** Everything exists. */
const references: References = {
  client: () => true,
  account: () => true,
  identityProvider: () => true,
  application: () => ({ configFaults: () => [] }),
  scope: (name) => ({
    management: management.includes(name),
    public: name === 'openid' || name.startsWith('public'),
    applicationId: name.startsWith('billing') ? 'billing' : null,
  }),
  scopesRevision: 1,
};

function anActor(changes: Partial<Actor>): Actor {
  return {
    subject: 'somebody',
    scopes: new Set(['oauth:clients:manage']),
    administrator: false,
    administers: new Set(),
    operator: false,
    ...changes,
  };
}

const client = aClient({ ownerId: 'owner', applicationId: 'billing' });

const actors = {
  operator,
  administrator: anActor({ subject: 'administrator', administrator: true }),
  owner: anActor({ subject: 'owner' }),
  'application administrator': anActor({ subject: 'manager', administers: new Set(['billing', 'files']) }),
  'the client itself': anActor({ subject: client.id, administrator: true }),
  stranger: anActor({ subject: 'stranger', administers: new Set(['files']) }),
} as const;
type ActorName = keyof typeof actors;

type Outcome = RegistryErrorCode | 'done';

function outcomeOf(actor: Actor, before: Client | null, after: Client | null): Outcome {
  try {
    checkPolicy({ actor, before, after, references });
    return 'done';
  } catch (error) {
    assert.ok(error instanceof RegistryError);
    return error.code;
  }
}

/** What an actor asks for, as the record before and after. */
const questions = {
  'use its secrets': [client, client],
  'delete it': [client, null],
  'rename it': [client, changed(client, { name: 'Other' })],
  'verify it': [client, changed(client, { verified: true })],
  'disable it': [client, changed(client, { enabled: false })],
  'give it away': [client, changed(client, { ownerId: 'somebody else' })],
  'lend it an account': [client, changed(client, { clientCredentialsSubject: 'alice' })],
  'take it out of its application': [client, changed(client, { applicationId: null })],
  'bring it into application "files"': [client, changed(client, { applicationId: 'files' })],
  'give it a scope that is held': [client, changed(client, { allowedScopes: ['oauth:clients:manage'] })],
  'give it a scope that is not held': [client, changed(client, { authorizedScopes: ['admin'] })],
  'make it internal': [client, changed(client, { internal: true })],
} as const satisfies Record<string, readonly [Client, Client | null]>;

const D: Outcome = 'done';
const F: Outcome = 'forbidden';
const N: Outcome = 'not_found';
const P: Outcome = 'protected';

/** In the order of `actors`. */
const expected: Readonly<Record<keyof typeof questions, readonly Outcome[]>> = {
  'use its secrets': [D, D, D, D, D, N],
  'delete it': [D, D, D, D, D, N],
  'rename it': [D, D, D, D, D, N],
  'verify it': [D, D, F, F, F, N],
  'disable it': [D, D, D, D, F, N],
  'give it away': [D, D, F, F, D, N],
  'lend it an account': [D, D, F, F, D, N],
  'take it out of its application': [D, D, F, D, D, N],
  'bring it into application "files"': [D, D, F, D, D, N],
  'give it a scope that is held': [D, D, D, D, D, N],
  'give it a scope that is not held': [D, F, F, F, F, N],
  'make it internal': [D, P, P, P, P, N],
};

for (const [index, name] of (Object.keys(actors) as ActorName[]).entries()) {
  test(`what may be done to a client by: ${name}`, () => {
    for (const [what, outcomes] of Object.entries(expected)) {
      const [before, after] = questions[what as keyof typeof questions];
      assert.equal(outcomeOf(actors[name], before, after), outcomes[index], what);
    }
    assert.equal(maySee(actors[name], client), name !== 'stranger');
  });
}

test('a client is made by anyone as its owner; what only administrators give is refused to others', () => {
  const { administrator, owner, 'application administrator': manager } = actors;
  const made = (changes: Partial<Client>, actor: Actor) =>
    outcomeOf(actor, null, aClient({ ownerId: actor.subject, ...changes }));
  for (const changes of [{}, { allowedScopes: ['oauth:clients:manage'] }, { allowedScopes: ['openid'] }]) {
    for (const actor of Object.values(actors)) assert.equal(made(changes, actor), 'done');
  }
  const guarded: readonly Partial<Client>[] = [
    { verified: true },
    { clientCredentialsSubject: 'alice' },
    { ownerId: 'somebody else' },
    { ownerId: null },
    { applicationId: 'mail' },
  ];
  for (const changes of guarded) {
    assert.equal(made(changes, owner), 'forbidden', JSON.stringify(changes));
    assert.equal(made(changes, manager), 'forbidden', JSON.stringify(changes));
    assert.equal(made(changes, administrator), 'done', JSON.stringify(changes));
  }
  assert.equal(made({ applicationId: 'billing' }, owner), 'forbidden');
  assert.equal(made({ applicationId: 'billing' }, manager), 'done');
  assert.equal(made({ allowedScopes: ['admin'] }, administrator), 'forbidden');
  assert.equal(made({ internal: true }, administrator), 'protected');
  assert.equal(made({ internal: true }, operator), 'done');
});

// against: administration/escalation
test('a client that holds a management scope is out of reach for a caller that does not, but for its deletion', () => {
  const { administrator, owner } = actors;
  for (const held of [{ allowedScopes: ['openid', 'admin'] }, { authorizedScopes: ['admin'] }]) {
    const powerful = aClient({ ownerId: 'owner', ...held });
    const weakened = changed(powerful, { allowedScopes: [], authorizedScopes: [] });
    for (const actor of [administrator, owner]) {
      assert.equal(outcomeOf(actor, powerful, powerful), 'forbidden', 'secrets');
      assert.equal(outcomeOf(actor, powerful, null), 'done', 'deletion');
      assert.equal(outcomeOf(actor, powerful, weakened), 'forbidden', 'the scope on the old record');
      assert.equal(outcomeOf(actor, weakened, powerful), 'forbidden', 'the scope on the new record');
      const holder = { ...actor, scopes: new Set(management) };
      assert.equal(outcomeOf(holder, powerful, powerful), 'done');
      assert.equal(outcomeOf(holder, powerful, null), 'done');
      assert.equal(outcomeOf(holder, powerful, weakened), 'done');
    }
  }
});

test('an internal client is the operator’s alone: to change, to delete, to use its secrets, to make ordinary', () => {
  const internal = aClient({ internal: true, ownerId: 'administrator' });
  const afters = [internal, null, changed(internal, { internal: false }), changed(internal, { name: 'x' })];
  for (const after of afters) {
    assert.equal(outcomeOf(actors.administrator, internal, after), 'protected');
    assert.equal(outcomeOf(operator, internal, after), 'done');
  }
});

test('a stranger cannot tell a client from none, whatever else is wrong with the request', async (context) => {
  const { registry } = await openTestRegistry(context);
  const created = await registry.create({
    actor: operator,
    face: 'native',
    requestId: 'request-1',
    patch: () => ({ internal: true, allowedScopes: ['admin'] }),
    secret: 'generate',
  });
  const request = { actor: actors.stranger, face: 'native' as Face, requestId: 'request-2', ifRevision: 9 };
  for (const id of [created.client.id, '00000000-0000-4000-8000-000000000000']) {
    const calls = [
      () => registry.get({ ...request, id }),
      () => registry.update({ ...request, id, patch: () => ({ verified: true }) }),
      () => registry.replaceSecrets({ ...request, id, secret: 'generate' }),
      () => registry.readSecret({ ...request, id }),
      () => registry.remove({ ...request, id }),
    ];
    for (const call of calls) await assert.rejects(call, { code: 'not_found' });
  }
});

test('what was read is taken back from whoever may see it, but for internal clients, and shows no secret', async (context) => {
  const { registry } = await openTestRegistry(context);
  const request = { face: 'native' as Face, requestId: 'request-1' };
  const idleOn = async (record: ClientPatch) => {
    const create = { ...request, actor: operator, patch: () => record, secret: 'generate' } as const;
    const { client } = await registry.create(create);
    return { client, idle: { ...request, actor: actors.administrator, id: client.id, patch: () => ({}) } };
  };
  const internal = await idleOn({ internal: true });
  await assert.rejects(registry.update(internal.idle), { code: 'protected' });
  const { client, idle } = await idleOn({ allowedScopes: ['admin'] });
  assert.deepEqual(await registry.updateAndReveal(idle), { client, secret: null });
  assert.notEqual((await registry.updateAndReveal({ ...idle, actor: operator })).secret, null);
  const secret = { chosen: 'a secret that somebody chose' };
  await assert.rejects(registry.update({ ...idle, secret }), { code: 'forbidden' });
  await assert.rejects(registry.update({ ...idle, renew: 'key-pair' }), { code: 'forbidden' });
  await assert.rejects(registry.update({ ...idle, actor: actors.stranger }), { code: 'not_found' });
});

test('a list holds what the caller may see, as `maySee` says of each client', async (context) => {
  const { registry } = await openTestRegistry(context);
  const request = { face: 'native' as Face, requestId: 'request-1' };
  for (const ownerId of [null, 'owner', 'stranger']) {
    for (const applicationId of [null, 'billing']) {
      await registry.create({ ...request, actor: operator, patch: () => ({ ownerId, applicationId }) });
    }
  }
  const all = await registry.list({ ...request, actor: operator });
  assert.equal(all.length, 6);
  for (const actor of Object.values(actors)) {
    const visible = all.filter((entry) => maySee(actor, entry));
    assert.deepEqual(await registry.list({ ...request, actor }), visible);
    assert.deepEqual(
      await registry.list({ ...request, actor, applicationId: 'billing' }),
      visible.filter(({ applicationId }) => applicationId === 'billing'),
    );
  }
});

test('a private scope is given by an administrator, by who holds it, or by who administers its application', () => {
  const give = (actor: Actor, scope: string): Outcome =>
    outcomeOf(actor, client, changed(client, { allowedScopes: [scope] }));
  const owner = actors.owner;
  assert.equal(give(owner, 'public:read'), 'done');
  assert.equal(give(owner, 'private:read'), 'forbidden');
  assert.equal(give({ ...owner, scopes: new Set(['private:read']) }, 'private:read'), 'done');
  assert.equal(give(actors.administrator, 'private:read'), 'done');
  assert.equal(give(owner, 'billing:write'), 'forbidden');
  assert.equal(give(actors['application administrator'], 'billing:write'), 'done');
});

test('a private scope that a client has is no hindrance to who does not hold it', () => {
  const before = changed(client, { allowedScopes: ['private:read'] });
  assert.equal(outcomeOf(actors.owner, before, changed(before, { name: 'New' })), 'done');
  assert.equal(outcomeOf(actors.owner, before, changed(before, { allowedScopes: [] })), 'done');
});

test('a client that acts for an account is out of reach for who is neither the account nor an administrator', () => {
  const lent = changed(client, { clientCredentialsSubject: 'alice' });
  const manager = actors['application administrator'];
  for (const actor of [actors.owner, manager]) {
    assert.equal(outcomeOf(actor, lent, lent), 'forbidden', 'secrets');
    assert.equal(outcomeOf(actor, lent, changed(lent, { name: 'New' })), 'forbidden', 'update');
    assert.equal(
      outcomeOf(actor, lent, changed(lent, { clientCredentialsSubject: null })),
      'forbidden',
      'end',
    );
  }
  assert.equal(outcomeOf({ ...manager, subject: 'alice' }, lent, lent), 'done');
  assert.equal(outcomeOf(actors.administrator, lent, lent), 'done');
});

// against: administration/merged
test('who is not the owner takes no client over that holds a private scope of others', () => {
  const manager = actors['application administrator'];
  const holds = changed(client, { allowedScopes: ['private:read'] });
  assert.equal(outcomeOf(manager, holds, holds), 'forbidden');
  assert.equal(outcomeOf(actors.owner, holds, holds), 'done');
  const own = changed(client, { allowedScopes: ['billing:write', 'public:read'] });
  assert.equal(outcomeOf(manager, own, own), 'done');
});

test('a private scope that is named but switched off is not switched on by who does not hold it', () => {
  const dormant = changed(client, { authorizedScopes: ['private:read'], authorizeScope: false });
  const { owner } = actors;
  assert.equal(outcomeOf(owner, dormant, changed(dormant, { authorizeScope: true })), 'forbidden');
  assert.equal(outcomeOf(owner, dormant, changed(dormant, { allowedScopes: ['private:read'] })), 'forbidden');
  assert.equal(outcomeOf(owner, dormant, changed(dormant, { name: 'New' })), 'done');
});

test('who manages every client sees it and gives it any scope but a management scope, and is no administrator in all else', () => {
  const manager = anActor({ subject: 'manager of all', managesEveryClient: true });
  const outcomes: Readonly<Record<keyof typeof questions, Outcome>> = {
    'use its secrets': D,
    'delete it': D,
    'rename it': D,
    'verify it': F,
    'disable it': D,
    'give it away': F,
    'lend it an account': F,
    'take it out of its application': F,
    'bring it into application "files"': F,
    'give it a scope that is held': D,
    'give it a scope that is not held': F,
    'make it internal': P,
  };
  for (const [what, outcome] of Object.entries(outcomes)) {
    const [before, after] = questions[what as keyof typeof questions];
    assert.equal(outcomeOf(manager, before, after), outcome, what);
  }
  assert.equal(maySee(manager, client), true);
  const mailing = changed(client, { authorizeScope: true, authorizedScopes: ['mail'] });
  assert.equal(outcomeOf(manager, client, mailing), D);
  assert.equal(outcomeOf({ ...manager, managesEveryClient: false }, client, client), N);
  const lent = aClient({ clientCredentialsSubject: 'alice' });
  assert.equal(outcomeOf(manager, lent, lent), F);
});
