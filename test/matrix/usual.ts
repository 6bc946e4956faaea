import type { Sighting } from './cells.ts';
import { asked } from './clients.ts';
import { type Column, responseTypes } from './columns.ts';

const accessToken: Sighting = {
  accessToken: 'JWT for 3600 s',
  audience: 'this server, Billing',
  scope: asked,
  subject: 'an account',
  bound: 'application_bindings',
};
const idToken: Sighting = { idToken: 'ES256 by the server’s key, for 86400 s' };
const code: Sighting = { code: 'for 60 s' };
const partsOfResponses: Readonly<Record<string, Sighting>> = {
  code,
  token: accessToken,
  id_token: idToken,
  none: {},
};

const authorize = Object.fromEntries(
  responseTypes.map((type) => [
    `authorize ${type}`,
    Object.assign({ outcome: 'response' }, ...type.split(' ').map((part) => partsOfResponses[part])),
  ]),
) as Readonly<Record<`authorize ${(typeof responseTypes)[number]}`, Sighting>>;

const asksToAllow: Sighting = {
  outcome: 'asks to allow',
  client: 'Shop, not verified',
  asks: 'Know that you are you, See your email address, Reports, Read invoices, Billing',
};

/** What is seen of a client that nothing was changed of. */
export const usual: Readonly<Record<Column, Sighting>> = {
  ...authorize,
  'open consent page': asksToAllow,
  'open consent form': { outcome: 'response', ...code },
  'open login form': asksToAllow,
  'open second-factor form': asksToAllow,
  'open sign-up form': asksToAllow,
  'open chooser form': { outcome: 'response', ...code },
  authorization_code: { outcome: 'ok', ...accessToken, ...idToken, refreshToken: 'another, for 2592000 s' },
  refresh_token: { outcome: 'ok', ...accessToken, ...idToken, refreshToken: 'kept' },
  client_credentials: {
    outcome: 'ok',
    ...accessToken,
    audience: 'Billing',
    scope: 'reports invoices:read',
    subject: 'the client',
  },
  userinfo: { outcome: 'ok', form: 'JSON', claims: 'email email_verified sub' },
  introspection: {
    outcome: 'active',
    scope: asked,
    bound: 'application_bindings',
    refreshToken: 'for 2592000 s',
  },
  'introspection by the API': { outcome: 'active', scope: asked, bound: 'application_bindings' },
  revocation: { outcome: 'ok', accessToken: 'dead' },
  end_session: { outcome: 'leads back' },
  Connect: { outcome: 'ok' },
};
