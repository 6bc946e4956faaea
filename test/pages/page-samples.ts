import type {
  AskedScope,
  FormSecrets,
  Page,
  ShownAccount,
  ShownClient,
} from '../../src/interaction/pages/models.ts';

/** What people and clients have written, on pages made of it. */
export interface Words {
  /** Of names of every kind. */
  readonly name: string;
  readonly text: string;
  readonly username: string;
  readonly uri: string;
  readonly logoUri: string;
}

/** Words as one would like them. `origin` is where the logo is. */
export function friendlyWords(origin: string): Words {
  return {
    name: 'Harbour Ledger',
    text: 'Bookkeeping for small shops.',
    username: 'ada',
    uri: 'https://harbour.example/welcome',
    logoUri: `${origin}/logo.png`,
  };
}

const payload = '<img src=x onerror="globalThis.owned=1"><script>globalThis.owned=1</script>';

/** Words that want to be more than words, at the length that a record may have and beyond. */
export const hostileWords: Words = {
  name: `\u202e\u2066${payload}'"\`\${1}{{1}}\u200b\u0000${'W'.repeat(10_000)}`,
  text: `"><svg onload="globalThis.owned=1">${'\u0300'.repeat(500)}\u2028${'x'.repeat(10_000)}`,
  username: `" autofocus onfocus="globalThis.owned=1" x="${'u'.repeat(128)}`,
  uri: "https://a;script-src'*'.example/\"><script>globalThis.owned=1</script>",
  logoUri: 'javascript:globalThis.owned=1',
};

const form: FormSecrets = { interaction: '0198c0de-0000-7000-8000-000000000001', csrf: 'c'.repeat(43) };
const noon = 1_795_348_800;

/** Every kind of page, some in several states, by a name for each. */
export function pageSamples(words: Words): Readonly<Record<string, Page>> {
  const client = clientOf(words);
  const account: ShownAccount = { username: words.username, name: 'Ada Lovelace', email: 'ada@example.com' };
  const stranger: ShownAccount = { username: words.username, name: words.name, email: words.text };
  return {
    ...signInPages(words, client, account),
    ...endPages(words, client, account),
    ...accountPages(words, client, stranger),
  };
}

function clientOf(words: Words): ShownClient {
  return {
    id: '3f2b8c1e-5d4a-4c3b-9a2f-1e0d9c8b7a6f',
    name: words.name,
    description: words.text,
    websiteUri: words.uri,
    logoUri: words.logoUri,
    verified: true,
  };
}

function askedScopes(words: Words): readonly AskedScope[] {
  return [
    { name: 'openid', label: null, isNew: false },
    { name: 'email', label: null, isNew: false },
    { name: 'offline_access', label: null, isNew: true },
    { name: 'ledger:read', label: words.text, isNew: true },
    { name: words.username, label: null, isNew: true },
  ];
}

function signInPages(words: Words, client: ShownClient, account: ShownAccount): Record<string, Page> {
  const passkeyOptions = JSON.stringify({ challenge: 'AAAA', rpId: 'localhost', note: words.name });
  const login: Extract<Page, { kind: 'login' }> = {
    kind: 'login',
    form,
    client,
    username: '',
    provider: null,
    passkeyOptions,
    signUpPath: '/sign-up?interaction=1',
    again: false,
    complaint: null,
  };
  return {
    login,
    'login-refused': {
      ...login,
      client: { ...client, verified: false, logoUri: null },
      username: words.username,
      complaint: 'wrong-credentials',
    },
    'login-again': { ...login, client: null, again: true, username: words.username, signUpPath: null },
    'login-elsewhere': { ...login, provider: { name: words.name, startPath: '/login/provider' } },
    'second-factor': { kind: 'second-factor', form, client, account, complaint: 'wrong-code' },
    'second-factor-recovery': {
      kind: 'second-factor',
      form,
      client,
      account,
      complaint: 'wrong-recovery-code',
    },
    'sign-up': {
      kind: 'sign-up',
      form,
      client,
      username: words.username,
      email: words.text,
      loginPath: '/login?interaction=1',
      complaint: 'password-known',
    },
    consent: {
      kind: 'consent',
      form,
      client,
      account,
      scopes: askedScopes(words),
      claims: [],
      applications: [],
      redirectHost: 'harbour.example',
      switchAccountPath: '/login/account?interaction=1',
    },
    'consent-unverified': {
      kind: 'consent',
      form: { ...form, leadsTo: 'com.example.app:/callback' },
      client: { ...client, verified: false, websiteUri: null, logoUri: null },
      account: { ...account, name: words.name },
      scopes: askedScopes(words),
      claims: ['birthdate', words.text],
      applications: ['Ledger API', words.name],
      redirectHost: words.uri,
      switchAccountPath: '/login/account?interaction=1',
    },
    'account-chooser': {
      kind: 'account-chooser',
      form,
      client,
      accounts: [
        { ...account, handle: 'handle-1' },
        { username: words.username, name: null, email: words.text, handle: words.username },
      ],
    },
  };
}

function endPages(words: Words, client: ShownClient, account: ShownAccount): Record<string, Page> {
  return {
    logout: { kind: 'logout', form, client, account },
    'signed-out': { kind: 'signed-out', client: null, frameUris: [], continueUri: null },
    error: {
      kind: 'error',
      title: 'Invalid redirect_uri',
      explanation: `The redirect URI ${words.uri} is not one of the client's.`,
      code: 'invalid_request',
      requestId: '0198c0de-0000-7000-8000-000000000002',
    },
  };
}

function accountPages(words: Words, client: ShownClient, account: ShownAccount): Record<string, Page> {
  return {
    'account-overview': {
      kind: 'account-overview',
      account,
      authorisations: 2,
      sessions: 3,
      logoutPath: '/logout',
    },
    authorisations: authorisationsOf(words, client, account),
    'authorisations-none': { kind: 'authorisations', form, account, authorisations: [], done: null },
    'authorisations-many': manyAuthorisationsOf(words, client, account),
    sessions: sessionsOf(words, account),
    ...securityPages(words, account),
  };
}

function authorisationsOf(words: Words, client: ShownClient, account: ShownAccount): Page {
  const entry = { scopes: askedScopes(words), createdAt: noon - 9_000_000, lastUsedAt: noon };
  return {
    kind: 'authorisations',
    form,
    account,
    authorisations: [
      { ...entry, id: '1', client },
      { ...entry, id: '2', client: { ...client, name: null, verified: false, logoUri: null }, scopes: [] },
    ],
    done: 'authorisation-revoked',
  };
}

function manyAuthorisationsOf(words: Words, client: ShownClient, account: ShownAccount): Page {
  const entry = { scopes: askedScopes(words), createdAt: noon - 9_000_000, lastUsedAt: noon };
  const authorisations = Array.from({ length: 12 }, (_, id) => ({ ...entry, id: `${id}`, client }));
  return { kind: 'authorisations', form, account, authorisations, done: null };
}

function sessionsOf(words: Words, account: ShownAccount): Page {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const iphone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';
  const entry = { current: false, authTime: noon - 90_000, lastSeenAt: noon };
  return {
    kind: 'sessions',
    form,
    account,
    sessions: [
      { ...entry, handle: 'a', current: true, userAgent: firefox },
      { ...entry, handle: 'b', userAgent: iphone },
      { ...entry, handle: words.username, userAgent: words.name },
    ],
    done: null,
  };
}

function securityPages(words: Words, account: ShownAccount): Record<string, Page> {
  const security: Extract<Page, { kind: 'security' }> = {
    kind: 'security',
    form,
    account,
    providerName: null,
    proofPath: null,
    hasPassword: true,
    passkeys: [
      { id: '1', name: words.name, createdAt: noon, lastUsedAt: noon },
      { id: '2', name: 'Work laptop', createdAt: noon, lastUsedAt: null },
    ],
    newPasskey: {
      options: JSON.stringify({ challenge: 'AAAA', user: { id: 'AAAA', name: words.name } }),
      challenge: 'AAAA',
    },
    totp: { state: 'off' },
    recoveryCodes: null,
    complaint: null,
    done: null,
  };
  return {
    security: { ...security, complaint: { about: 'password', complaint: 'passwords-differ' } },
    'security-unproven': { ...security, proofPath: '/login', newPasskey: null, done: 'passkey-removed' },
    'security-full': {
      ...security,
      newPasskey: 'full',
      complaint: { about: 'passkey-add', complaint: 'passkeys-full' },
    },
    'security-no-domain': { ...security, passkeys: [], newPasskey: 'no-domain', done: 'passkey-renamed' },
    'security-elsewhere': { ...security, providerName: words.name, newPasskey: null },
    'security-pending': {
      ...security,
      passkeys: [],
      totp: {
        state: 'pending',
        secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
        uri: `otpauth://totp/Clientele:${encodeURIComponent(words.username)}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Clientele`,
      },
      complaint: { about: 'totp-confirm', complaint: 'wrong-code' },
    },
    'security-codes': {
      ...security,
      passkeys: [],
      newPasskey: null,
      hasPassword: false,
      totp: { state: 'on', recoveryCodesLeft: 8 },
      recoveryCodes: [
        '4HJKM-92PQR',
        '7WXYZ-3BCDF',
        'K8LMN-5TUVW',
        '2PQRS-6GHJK',
        '9BCDF-4MNPQ',
        'T3VWX-8YZBC',
      ],
      done: 'totp-on',
    },
  };
}
