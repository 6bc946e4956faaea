import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { inOneWorld, recordOf, register } from '../connect/world.ts';
import { open, outcomeOf, pathOf, robot, root, type World } from './world.ts';

/** The members of a client, in the documented order. */
const members = ['id', 'name', 'redirectUrls', 'isValid', 'requiresSecret', 'validScopes', 'isInternal'];

const unknownUser = '404 No account has this id or user name.';
const onlyTheFour = 'validScopes must contain only login, login-register, backend and auth.';

/** What is accepted and what is refused, for a field that creation and update share. */
const limits: Readonly<
  Record<
    string,
    { readonly accepted: readonly unknown[]; readonly refused: readonly (readonly [unknown, string])[] }
  >
> = {
  name: {
    accepted: ['n', '店', ' n ', 'n'.repeat(255), '🦊'.repeat(255)],
    refused: [
      ['', 'name must not be blank.'],
      [' \u3000', 'name must not be blank.'],
      ['n'.repeat(256), 'name must be at most 255 characters.'],
      ['two\nlines', 'name must be one line.'],
      ['sp\u202eoof', 'name must not contain control or invisible characters.'],
      ['\u0000', 'name must not contain control or invisible characters.'],
      [null, 'name must be a string.'],
      [5, 'name must be a string.'],
      [['n'], 'name must be a string.'],
    ],
  },
  redirectUrls: {
    accepted: [
      ['https://shop.example/a', 'https://shop.example/b'],
      ['http://localhost/x', 'http://127.0.0.1:8/', 'http://[::1]/'],
      ['com.example.shop:/callback'],
      [`https://shop.example/${'x'.repeat(2027)}`],
      Array.from({ length: 100 }, (_, index) => `https://shop.example/${index}`),
    ],
    refused: [
      [
        ['http://shop.example/'],
        'redirectUrls must be an https URI, or http on localhost, 127.0.0.1 or [::1].',
      ],
      ...[
        'javascript:alert(1)',
        'JaVaScRiPt:alert(1)',
        'data:text/html,x',
        'vbscript:x',
        'shop:/callback',
      ].map(
        (uri) =>
          [
            [uri],
            'redirectUrls has a scheme that is not allowed (a private-use scheme contains a dot).',
          ] as const,
      ),
      [[' javascript:alert(1)'], 'redirectUrls must be a URI in ASCII (RFC 3986).'],
      [['https://shop.example/#top'], 'redirectUrls must not contain a fragment.'],
      [['https://*.shop.example/'], 'redirectUrls must not contain a wildcard.'],
      [['https://shop.example/a/../b'], 'redirectUrls must not contain dot segments.'],
      [['https://user@shop.example/'], 'redirectUrls must not contain credentials.'],
      [['/callback'], 'redirectUrls must be an absolute URI.'],
      [[''], 'redirectUrls must not be empty.'],
      [['https://a/', 'https://a/'], 'redirectUrls must not contain duplicates.'],
      [
        Array.from({ length: 101 }, (_, index) => `https://shop.example/${index}`),
        'redirectUrls must have at most 100 entries.',
      ],
      ['https://shop.example/', 'redirectUrls must be a list of strings.'],
      [null, 'redirectUrls must be a list of strings.'],
      [['https://a/', 5, null], 'redirectUrls must be a list of strings.'],
      [Array(190_000).fill(0), 'redirectUrls has too many entries.'],
    ],
  },
  isValid: {
    accepted: [true, false],
    refused: ['true', 1, null, {}].map((value) => [value, 'isValid must be true or false.'] as const),
  },
  requiresSecret: {
    accepted: [false, true],
    refused: ['false', 0, null].map((value) => [value, 'requiresSecret must be true or false.'] as const),
  },
  validScopes: {
    accepted: [['auth'], ['backend', 'login'], ['login', 'login-register', 'backend', 'auth'], []],
    refused: [
      [['openid'], onlyTheFour],
      [['oauth:clients:manage'], onlyTheFour],
      [['Login'], onlyTheFour],
      [['__proto__', 'auth', 'x'], onlyTheFour],
      [['login', 'login'], 'validScopes must not contain duplicates.'],
      ['login', 'validScopes must be a list of strings.'],
      [null, 'validScopes must be a list of strings.'],
      [Array(100_000).fill('login'), 'validScopes has too many entries.'],
      [[1], onlyTheFour],
    ],
  },
  clientCredentialFlowUser: {
    accepted: [robot.username, robot.id, robot.id.toUpperCase(), null],
    refused: [
      [5, 'clientCredentialFlowUser must be a string or null.'],
      [[robot.id], 'clientCredentialFlowUser must be a string or null.'],
    ],
  },
};

inOneWorld<World>('the fields of the login API', open, {
  'creation takes a name alone, and answers every member in the documented order': async ({ call }) => {
    const { status, json } = await call('POST', root, { name: 'Shop' });
    assert.equal(status, 201);
    const { id, ...rest } = json as JsonObject;
    assert.deepEqual(Object.keys(json as JsonObject), members);
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    const defaults = { redirectUrls: [], isValid: true, requiresSecret: true, validScopes: [] };
    assert.deepEqual(rest, { name: 'Shop', ...defaults, isInternal: false });
  },
  'creation needs a name that is not blank': async ({ call }) => {
    for (const body of [{}, { name: '' }, { name: '\t' }]) {
      assert.match(outcomeOf(await call('POST', root, body)), /^400 name must /);
    }
    assert.equal(outcomeOf(await call('POST', root, {})), '400 name must not be blank.');
  },
  'each limit holds on creation': async (world) => {
    for (const [field, { accepted, refused }] of Object.entries(limits)) {
      for (const value of accepted) {
        const { status, text } = await world.call('POST', root, { name: 'Shop', [field]: value });
        assert.deepEqual([field, status], [field, 201], text);
      }
      for (const [value, message] of refused) {
        const answer = await world.call('POST', root, { name: 'Shop', [field]: value });
        assert.deepEqual([field, value, outcomeOf(answer)], [field, value, `400 ${message}`]);
      }
    }
  },
  'each limit holds on update, and what is refused changes nothing': async (world) => {
    const { id } = await world.create({ redirectUrls: ['https://shop.example/start'] });
    for (const [field, { accepted, refused }] of Object.entries(limits)) {
      for (const value of accepted) {
        const { status, json, text } = await world.call('PUT', pathOf(id), { [field]: value });
        assert.deepEqual([field, status], [field, 200], text);
        assert.deepEqual(Object.keys(json as JsonObject), members);
        if (members.includes(field)) assert.deepEqual((json as JsonObject)[field], value);
      }
      const before = await recordOf(world.server, id);
      for (const [value, message] of refused) {
        const answer = await world.call('PUT', pathOf(id), { isValid: false, [field]: value });
        assert.deepEqual([field, value, outcomeOf(answer)], [field, value, `400 ${message}`]);
      }
      assert.deepEqual(await recordOf(world.server, id), before);
    }
  },
  'only what is given changes': async ({ call, create }) => {
    const { id, ...created } = await create({ redirectUrls: ['https://a/'], validScopes: ['auth'] });
    const changes = [
      { name: 'Store' },
      { redirectUrls: ['https://c/', 'https://b/'] },
      { isValid: false },
      { requiresSecret: false },
      { validScopes: ['login'] },
    ];
    let expected: object = { id, ...created };
    for (const change of changes) {
      expected = { ...expected, ...change };
      assert.deepEqual((await call('PUT', pathOf(id), change)).json, expected);
    }
    assert.deepEqual((await call('PUT', pathOf(id), {})).json, expected);
  },
  'an empty redirectUrls is refused, unless the list is empty already': async ({ call, create }) => {
    const { id } = await create();
    assert.equal((await call('PUT', pathOf(id), { redirectUrls: [] })).status, 200);
    await call('PUT', pathOf(id), { redirectUrls: ['https://shop.example/'] });
    const refused = await call('PUT', pathOf(id), { redirectUrls: [] });
    assert.equal(outcomeOf(refused), '400 redirectUrls must have at least one entry.');
  },
  'every fault is named at once, one sentence each': async ({ call, create }) => {
    const { id } = await create();
    const broken = {
      name: ' ',
      redirectUrls: ['https://a/#', 'data:x', 'https://b/#'],
      isValid: 'yes',
      validScopes: ['auth', 'x', 'y'],
      isInternal: true,
    };
    const { status, json } = await call('PUT', pathOf(id), broken);
    assert.equal(status, 400);
    assert.deepEqual(
      String((json as JsonObject)['message'])
        .split(/(?<=\.) (?=[a-z])/)
        .toSorted(),
      [
        'isInternal is read-only.',
        'isValid must be true or false.',
        'name must not be blank.',
        'redirectUrls has a scheme that is not allowed (a private-use scheme contains a dot).',
        'redirectUrls must not contain a fragment.',
        onlyTheFour,
      ],
    );
    const mistyped = { name: 1, isValid: 'x', requiresSecret: null, validScopes: {}, redirectUrls: [2] };
    assert.equal(
      outcomeOf(await call('POST', root, mistyped)),
      '400 name must be a string. redirectUrls must be a list of strings. isValid must be true or false. requiresSecret must be true or false. validScopes must be a list of strings.',
    );
  },
  'however much is wrong, an answer stays short': async ({ call, create }) => {
    const { id } = await create();
    const faulty = Array.from({ length: 90_000 }, (_, index) => (index % 2 === 0 ? 0 : 'x'));
    const body = { redirectUrls: faulty, validScopes: faulty };
    const long = 'x'.repeat(200_000);
    for (const sent of [body, { [long]: 1, name: long, validScopes: [long], redirectUrls: [long] }]) {
      const { status, text } = await call('PUT', pathOf(id), sent);
      assert.deepEqual([status, text.length < 500], [400, true], text.slice(0, 500));
    }
  },
  'keys that are not documented are ignored': async ({ call, create, server }) => {
    const { id } = await create();
    const before = await recordOf(server, id);
    const foreign = {
      verified: true,
      ownerId: 'x',
      grantTypes: ['password'],
      internal: true,
      secret: 'x',
      toString: 1,
    };
    assert.equal((await call('PUT', pathOf(id), foreign)).status, 200);
    assert.deepEqual(await recordOf(server, id), before);
  },
  // against: administration/read-only
  'what is read-only takes the value that it has, and no other': async ({ call, create, server }) => {
    const { id } = await create();
    assert.equal((await call('PUT', pathOf(id), { id, isInternal: false })).status, 200);
    assert.equal(
      outcomeOf(await call('PUT', pathOf(id), { isInternal: true })),
      '400 isInternal is read-only.',
    );
    const other = { id: robot.id, name: 'Other' };
    assert.equal(outcomeOf(await call('PUT', pathOf(id), other)), '400 id is read-only.');
    assert.equal(outcomeOf(await call('POST', root, other)), '400 id is read-only.');
    assert.equal((await recordOf(server, id)).name, 'Shop');
  },
  'a body that is no object is refused': async ({ call, create }) => {
    const { id } = await create();
    for (const body of ['[]', 'null', '"x"', '1']) {
      assert.equal(outcomeOf(await call('PUT', pathOf(id), body)), '400 The body must be a JSON object.');
      assert.equal(outcomeOf(await call('POST', root, body)), '400 The body must be a JSON object.');
    }
  },
});

/** An account that goes. */
const ghost = robot.id.replace('1', '2');

async function userOf({ call }: World, id: string): Promise<unknown> {
  return ((await call('GET', pathOf(id))).json as JsonObject)['clientCredentialFlowUser'];
}

const declaring = (accounts: readonly object[]) => (context: Parameters<typeof open>[0]) =>
  open(context, { accounts });

inOneWorld<World>(
  'the user of a client',
  declaring([
    robot,
    { id: ghost, username: 'ghost' },
    { id: robot.id.replace('1', '3'), username: robot.id },
  ]),
  {
    'is named by id or user name, shown by id, and cleared by null': async (world) => {
      const { id } = await world.create({ clientCredentialFlowUser: 'robot' });
      assert.equal(await userOf(world, id), robot.id);
      await world.call('PUT', pathOf(id), { name: 'Store' });
      assert.equal(await userOf(world, id), robot.id);
      await world.call('PUT', pathOf(id), { clientCredentialFlowUser: null });
      assert.equal(await userOf(world, id), undefined);
      for (const reference of [robot.id, robot.id.toUpperCase(), 'robot', 'Robot']) {
        await world.call('PUT', pathOf(id), { clientCredentialFlowUser: reference });
        assert.equal(await userOf(world, id), robot.id);
      }
    },
    'is the account of an id, also where that is the name of another': async (world) => {
      const { id } = await world.create({ clientCredentialFlowUser: robot.id });
      assert.equal(await userOf(world, id), robot.id);
    },
    'that is unknown is 404, and nothing is changed': async (world) => {
      const { id } = await world.create();
      const before = await recordOf(world.server, id);
      const clients = (await world.call('GET', root)).text;
      for (const user of [
        '',
        'nobody',
        'robots',
        ' robot',
        'robot\u0000',
        robot.id.replace('1', '9'),
        'x'.repeat(5000),
      ]) {
        const body = { name: 'Other', clientCredentialFlowUser: user };
        assert.equal(outcomeOf(await world.call('PUT', pathOf(id), body)), unknownUser, user);
        assert.equal(outcomeOf(await world.call('POST', root, body)), unknownUser, user);
      }
      assert.deepEqual(await recordOf(world.server, id), before);
      assert.equal((await world.call('GET', root)).text, clients);
    },
    'that is gone is written back': async (world) => {
      const { id } = await register(world.server, { name: 'Shop', clientCredentialsSubject: ghost });
      await world.server.database.run(`delete from accounts where id = '${ghost}'`);
      assert.equal(await userOf(world, id), ghost);
      const written = { name: 'Store', clientCredentialFlowUser: ghost };
      assert.equal((await world.call('PUT', pathOf(id), written)).status, 200);
      const other = await world.create();
      const set = await world.call('PUT', pathOf(other.id), { clientCredentialFlowUser: ghost });
      assert.equal(outcomeOf(set), unknownUser);
    },
  },
);
