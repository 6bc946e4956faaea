// Signs a person in, as an app on their machine does (RFC 8252): `node examples/sign-in.mjs [issuer]`.
import { createServer } from 'node:http';
import * as client from 'openid-client';

const issuer = new URL(process.argv[2] ?? 'http://localhost:8080');
const clientId = 'b3c1d9a0-5f52-4f0e-9a55-1f6d0c0e7a10'; // declared in clientele.yaml

const server = await client.discovery(issuer, clientId, undefined, client.None(), {
  execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
});
const codeVerifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();

const listener = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', redirectUri);
  if (url.pathname !== '/callback') return response.writeHead(404).end();
  try {
    const tokens = await client.authorizationCodeGrant(server, url, {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
    });
    const { sub } = tokens.claims() ?? {};
    const person = await client.fetchUserInfo(server, tokens.access_token, sub ?? '');
    console.log(JSON.stringify({ person, scope: tokens.scope, refresh: 'refresh_token' in tokens }));
    response.end('You are signed in. You can close this window.');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    response.writeHead(400).end('The sign-in did not succeed.');
  }
  listener.close();
});
await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
const redirectUri = `http://127.0.0.1:${listener.address().port}/callback`;

const address = client.buildAuthorizationUrl(server, {
  redirect_uri: redirectUri,
  scope: 'openid profile email offline_access',
  prompt: 'consent',
  code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
console.log(`Open ${address.href}`);
