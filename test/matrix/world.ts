import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Client } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { asOperator } from '../connect/world.ts';
import { publishedKids } from '../fixtures/discovery.ts';
import type { Person } from '../fixtures/person.ts';
import {
  type Parameters,
  type RelyingParty,
  relyingPartyOf,
  type SignInRequest,
  type Tokens,
  tokensOf,
} from '../fixtures/relying-party.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { enrolSecondFactor } from '../fixtures/second-factor.ts';
import { alice, bob, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import type { Change, Row } from './cells.ts';
import { base, billing, otherProvider, scopes } from './clients.ts';
import { requestFor, verifierOf } from './requests.ts';

/** A server on a clock that stands still, and somebody who may introspect what is for the application. */
export interface MatrixWorld {
  readonly server: TestServer;
  readonly clock: ManualClock;
  /** The keys of the server itself. */
  readonly serverKids: ReadonlySet<string>;
  readonly api: RelyingParty;
  readonly newPerson: () => Person;
  /** A code of her second factor that nobody has used; half a minute goes by. */
  readonly codeOfCarol: () => string;
}

/** Somebody who signs in with a second factor. */
const carol = { username: 'carol', password: 'carol crosses the bridge at noon' } as const;

/** Opens it. */
export async function openMatrix(context: TestContext): Promise<MatrixWorld> {
  const clock = createManualClock();
  const declarations = {
    applications: [billing],
    scopes,
    identityProviders: [otherProvider],
    accounts: [alice, bob, carol],
    server: { signUp: { enabled: true } },
  };
  let milliseconds = 0;
  const { server, newPerson } = await openSignInWorld(context, {
    clock,
    declarations,
    // A minute goes by between any two requests: codes of a second factor are counted, right ones too.
    milliseconds: () => {
      milliseconds += 60_000;
      return milliseconds;
    },
  });
  const serverKids = await publishedKids(server);
  const { client, secret } = await create(server, {
    name: 'API',
    grantTypes: ['introspect'],
    applicationId: billing.id,
  });
  return {
    server,
    clock,
    serverKids,
    api: relyingPartyOf({ ...server, clock }, client, secret),
    newPerson,
    codeOfCarol: await enrolSecondFactor(newPerson(), carol, clock),
  };
}

function create({ registry }: TestServer, patch: ClientPatch) {
  return registry.create({ ...asOperator, patch: () => patch, secret: 'generate' });
}

/** A client whose people are at every point of a sign-in at once, as a change of it finds them. */
export interface OnTheWay {
  readonly world: MatrixWorld;
  readonly client: Client;
  readonly secret: string;
  readonly relyingParty: RelyingParty;
  readonly row: Row;
  /** Has a session, and has allowed everything. */
  readonly person: Person;
  /** Before the consent page, in two windows: one is read again, one is sent. */
  readonly consentPages: readonly [Person, Person];
  /** Somebody else, before the login page. */
  readonly loginPage: Person;
  /** Carol behind her password, with what she is to type. */
  readonly secondFactorPage: { readonly person: Person; readonly code: string };
  /** Somebody who is about to make an account. */
  readonly signUpPage: Person;
  /** The person with the session, who is to choose an account. */
  readonly chooserPage: Person;
  readonly code: { readonly code: string; readonly request: SignInRequest };
  readonly tokens: Tokens;
  readonly idToken: string;
  readonly refreshToken: string;
}

/** Takes people to all of these points, at a client as `row` wants it. */
export async function setOut(world: MatrixWorld, row: Row): Promise<OnTheWay> {
  const codeOfCarol = world.codeOfCarol();
  const { client, secret } = await create(world.server, { ...base, ...row.before });
  assert.ok(secret !== null);
  const relyingParty = relyingPartyOf({ ...world.server, clock: world.clock }, client, secret);
  const asking = (parameters: Parameters = {}) =>
    requestFor({ world, relyingParty, row }, 'code', parameters);
  const person = world.newPerson();
  const [first, second] = [asking(), asking()];
  const code = (await signInAndAllow(person, first)).client?.parameters.get('code');
  const { client: answer } = await person.open(second.url);
  const { status, body } = await relyingParty.exchange(
    answer?.parameters.get('code') ?? assert.fail('there is no code'),
    second,
    verifierOf(row, second),
  );
  assert.equal(status, 200, JSON.stringify(body));
  const tokens = tokensOf(body);
  const consentPages = [person.openTab(), person.openTab()] as const;
  for (const tab of consentPages) await tab.open(asking({ prompt: 'consent' }).url);
  const openedBy = async (one: Person, parameters?: Parameters) => {
    await one.open(asking(parameters).url);
    return one;
  };
  const carolsBrowser = await openedBy(world.newPerson());
  await carolsBrowser.signIn(carol);
  return {
    world,
    client,
    secret,
    relyingParty,
    row,
    person,
    consentPages,
    loginPage: await openedBy(world.newPerson()),
    secondFactorPage: { person: carolsBrowser, code: codeOfCarol },
    signUpPage: await openedBy(world.newPerson(), { prompt: 'create' }),
    chooserPage: await openedBy(person.openTab(), { prompt: 'select_account' }),
    code: { code: code ?? assert.fail('there is no code'), request: first },
    tokens,
    idToken: tokens.idToken ?? assert.fail('there is no ID token'),
    refreshToken: tokens.refreshToken ?? assert.fail('there is no refresh token'),
  };
}

/** Makes the change of a row. */
export async function change({ world, client, row }: OnTheWay): Promise<void> {
  await changes(world, client.id, row.change);
}

async function changes({ server, clock }: MatrixWorld, id: string, what: Change): Promise<void> {
  const { registry } = server;
  const update = (patch: ClientPatch) => registry.update({ ...asOperator, id, patch: () => patch });
  if (what === 'delete') return registry.remove({ ...asOperator, id });
  if (what === 'renew the secret') {
    await registry.replaceSecrets({ ...asOperator, id, secret: 'generate' });
    return;
  }
  if (what === 'disable, and enable again') {
    clock.advance(1);
    await update({ enabled: false });
    await update({ enabled: true });
    return;
  }
  await update(what);
}
