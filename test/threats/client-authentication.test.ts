import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientScopes, connectService } from '../connect/face.ts';
import { exchange, parseAnswer } from '../fixtures/raw-http.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { basic, form, formRoutes, type Sent, send, sendForm } from './attack.ts';

// against: client-authentication/two
test('two methods of client authentication in one request are an error at every endpoint', async (context) => {
  const server = await startTestServer(context);
  for (const path of formRoutes) {
    const body = `grant_type=client_credentials&token=x&client_id=${bootstrap.id}&client_secret=${bootstrap.secret}`;
    const both = await send(server, path, { headers: { 'content-type': form, authorization: basic }, body });
    assert.deepEqual([both.status, JSON.parse(both.text).error], [400, 'invalid_request']);
    const twice = await exchange(
      server.port,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: ${form}\r\n` +
        `authorization: ${basic}\r\nauthorization: Basic AAAA\r\ncontent-length: 29\r\n\r\ngrant_type=client_credentials`,
    );
    assert.equal(parseAnswer(twice).status, 400, twice);
    assert.match(twice, /"error":"invalid_request"/);
  }
});

// against: client-authentication/basic
test('Basic credentials are percent-decoded strictly', async (context) => {
  const server = await startTestServer(context);
  const { client } = await connectService(server, await server.bootstrapToken(clientScopes)).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const { clientId: id, clientSecret: secret } = client;
  const request = async (user: string, password: string) => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`;
    return (await sendForm(server, '/oauth/token', { grant_type: 'client_credentials' }, authorization))
      .status;
  };
  const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  assert.equal(await request(id, secret), 200);
  assert.equal(await request(id, encoded), 200);
  for (const wrong of [
    '%',
    '%4',
    '%zz',
    '%ff',
    '\xff',
    '%c0%af',
    `%2563${secret.slice(1)}`,
    `${secret}%00`,
    `${secret}+`,
  ]) {
    assert.equal(await request(id, wrong), 401, wrong);
    assert.equal(await request(`${id}${wrong}`, secret), 401, wrong);
  }
});

// against: client-authentication/same
test('an unknown client and a wrong secret give the same answer at every endpoint', async (context) => {
  const server = await startTestServer(context);
  const ids = [bootstrap.id, '00000000-0000-4000-8000-000000000000', 'no-uuid', '%00'];
  const attempts: readonly Sent[] = [
    ...ids.map((id) => ({ headers: { authorization: `Basic ${btoa(`${id}:wrong`)}` } })),
    ...ids.map((id) => ({ body: `&client_id=${encodeURIComponent(id)}&client_secret=wrong` })),
  ];
  for (const path of formRoutes) {
    const answers = new Set<string>();
    for (const { headers, body = '' } of attempts) {
      const answer = await send(server, path, {
        headers: { 'content-type': form, ...headers },
        body: `grant_type=client_credentials&token=x${body}`,
      });
      const lasting = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
      answers.add(JSON.stringify([answer.status, lasting, answer.text]));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.match([...answers].join(), /^\[401,.*invalid_client/);
  }
});
