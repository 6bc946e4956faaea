import { logoutUriFault, redirectUriFault } from '../uri.ts';
import { duplicateFault, faultsOf, type Rule } from './rule.ts';

const mostUris = 100;

function listFaults(
  uris: readonly string[],
  faultOf: (uri: string) => string | undefined,
): readonly string[] {
  return faultsOf([
    ...uris.map(faultOf),
    duplicateFault(uris),
    uris.length > mostUris && `must have at most ${mostUris} entries`,
  ]);
}

/** Rules on where a browser, or this server, goes on behalf of a client. */
export const redirectRules: readonly Rule[] = [
  {
    name: 'redirect-uris-are-safe',
    field: 'redirectUris',
    source: 'RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1',
    check: ({ redirectUris }) => listFaults(redirectUris, redirectUriFault),
  },
  {
    name: 'post-logout-redirect-uris-are-safe',
    field: 'postLogoutRedirectUris',
    source: 'OpenID Connect RP-Initiated Logout 1.0 §3.1',
    check: ({ postLogoutRedirectUris }) => listFaults(postLogoutRedirectUris, redirectUriFault),
  },
  {
    name: 'backchannel-logout-uri-is-safe',
    field: 'backchannelLogoutUri',
    source: 'OpenID Connect Back-Channel Logout 1.0 §2.2',
    check: ({ backchannelLogoutUri: uri }) => (uri === null ? undefined : logoutUriFault(uri)),
  },
  {
    name: 'frontchannel-logout-uri-is-safe',
    field: 'frontchannelLogoutUri',
    source: 'OpenID Connect Front-Channel Logout 1.0 §2',
    check: ({ frontchannelLogoutUri: uri }) => (uri === null ? undefined : logoutUriFault(uri)),
  },
];
