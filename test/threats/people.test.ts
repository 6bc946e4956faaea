import assert from 'node:assert/strict';
import { inOneWorld } from '../connect/world.ts';
import { alice, bob, openSignInWorld, type SignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';

const declarations = { server: { signUp: { enabled: true } } };

inOneWorld('what people may not do', (context) => openSignInWorld(context, { declarations }), {
  // against: interaction/freshness
  'whoever signed in for a request does not choose somebody else for it who did not': async (world) => {
    const { relyingParty, newPerson } = world;
    const person = newPerson();
    await signInAndAllow(person, relyingParty.authorize(), bob);
    await person.open(relyingParty.authorize({ prompt: 'select_account' }).url);
    const bobsHandle = person
      .page()
      .forms.flatMap(({ fields, buttons }) => [...fields, ...buttons])
      .find(({ name }) => name === 'session')?.value;
    assert.ok(bobsHandle);

    const fresh = relyingParty.authorize({ prompt: 'login' });
    await person.open(fresh.url);
    const consent = await person.signIn(alice);
    assert.match(consent.url.pathname, /consent/);
    const login = await person.open(consent.url.href.replace('/consent', '/login'));
    const form = login.page?.forms[0];
    const secrets = Object.fromEntries(
      (form?.fields ?? []).filter(({ type }) => type === 'hidden').map(({ name, value }) => [name, value]),
    );
    const chosen = await person.open('/login/account', {
      method: 'POST',
      form: { ...secrets, session: bobsHandle },
    });
    assert.equal(chosen.client, null, 'bob was not asked');
    assert.match(chosen.url.pathname, /login$/);
  },

  // against: interaction/asked, single-use/parallel
  'a request that waits in two tabs is answered once, however often it is asked for, with one grant': async ({
    server,
    relyingParty,
    newPerson,
  }) => {
    const person = newPerson();
    const other = person.openTab();
    const waiting = await other.open(relyingParty.authorize().url);
    await signInAndAllow(person, relyingParty.authorize());
    const grants = async () => (await server.database.run('select id from grants')).length;
    const before = await grants();
    const places = await Promise.all(Array.from({ length: 20 }, () => person.openTab().open(waiting.url)));
    assert.equal(places.filter(({ client }) => client?.parameters.has('code')).length, 1);
    for (const { client, status } of places) assert.ok(client !== null || status === 409 || status === 400);
    assert.equal(await grants(), before + 1);
  },

  // against: interaction/asked
  'no is no in each tab, whatever was allowed in another, and yes is not taken back by it': async ({
    register,
    newPerson,
  }) => {
    const relyingParty = await register();
    const person = newPerson();
    await person.open(relyingParty.authorize().url);
    await person.signIn(alice);
    const [same, another] = [person.openTab(), person.openTab()];
    await same.open(person.place().url);
    await another.open(relyingParty.authorize().url);
    assert.ok((await person.allow()).client?.parameters.has('code'));
    const late = await same.deny();
    assert.deepEqual([late.client, late.status], [null, 400]);
    assert.equal((await another.deny()).client?.parameters.get('error'), 'access_denied');
    assert.ok((await person.open(relyingParty.authorize().url)).client?.parameters.has('code'));
  },

  'what happens to an account is written down: what, by whom and in which request, and nothing secret':
    async (world) => {
      const { server, relyingParty, newPerson } = world;
      const person = newPerson();
      await person.open(relyingParty.authorize({ prompt: 'create' }).url);
      const chosen = { username: 'carol', email: 'carol@people.example', password: 'carol takes the tram' };
      await person.press('sign-up-submit', { values: chosen });
      await person.allow();
      const id = await idOf(world, 'carol');
      const change = async (form: Readonly<Record<string, string>>, path = '/account/security') => {
        const shown = await person.open(path);
        const csrf = shown.page?.forms[0]?.fields.find(({ name }) => name === 'csrf')?.value ?? '';
        const answer = await person.open(path, { method: 'POST', form: { csrf, ...form } });
        assert.equal(answer.status, 200);
      };
      const next = 'carol walks these days';
      await change({
        change: 'password',
        'current-password': chosen.password,
        'new-password': next,
        'new-password-again': next,
      });
      await change({ revoke: 'all' }, '/account/authorisations');
      const rows = await server.database.run(
        `select action, actor, face, request_id, changes from audit_events where target_id = '${id}' order by id`,
      );
      assert.deepEqual(
        rows.map(({ action, actor, face }) => [action, actor, face]),
        ['created', 'password-changed', 'authorisations-revoked'].map((what) => [
          `account.${what}`,
          id,
          'pages',
        ]),
      );
      for (const { request_id: requestId } of rows) assert.match(String(requestId), /^[\w-]{10,}$/);
      assert.doesNotMatch(JSON.stringify(rows), /carol/);
    },
});

async function idOf({ server }: SignInWorld, username: string): Promise<string> {
  const [row] = await server.database.run(`select id from accounts where username = '${username}'`);
  return String(row?.['id']);
}
