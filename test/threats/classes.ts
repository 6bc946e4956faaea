/** What a line needs of the server before it can be tested; `waiting.test.ts` sees to it that it is not there yet. */
export type Prerequisite =
  | `endpoint /${string}`
  | `grant ${string}`
  | `metadata ${string}`
  | `field ${string}`
  | `face ${string}`;

/** One thing that must be refused, or must hold. */
export interface ThreatText {
  readonly text: string;
  /** Absent: some test says that it is against this. */
  readonly waitsFor?: Prerequisite;
}

/** Attacks of one kind. */
export interface ThreatClass {
  readonly title: string;
  readonly lines: Readonly<Record<string, ThreatText>>;
}

const exchange = 'grant urn:ietf:params:oauth:grant-type:token-exchange';
const dpop = 'metadata dpop_signing_alg_values_supported';
const registration = 'endpoint /oauth/register';

/** Every kind of attack that authorization servers are known to fall to, and what must be refused of each. */
export const threatClasses: Readonly<Record<string, ThreatClass>> = {
  redirects: {
    title: 'Redirect and logout URIs',
    lines: {
      compare: {
        text: 'A redirect URI is compared as an exact string: letter case, trailing slash, `..`, `..;/`, `%2e%2e`, `%252f`, `//`, `\\`, tab, newline, `user@evil`, another port, a fragment, a unicode or punycode host and repeated parameters are other URIs.',
      },
      stored: {
        text: 'No face registers a redirect URI that two readers could read differently: dot segments and slashes in any encoding, backslash, control characters, credentials, unicode, a host or port in another form, a fragment, the same URI twice.',
      },
      schemes: {
        text: 'Schemes are those of a list, after WHATWG parsing, through every face: `JaVaScRiPt:`, `data:`, a leading control character.',
      },
      wildcards: {
        text: 'Wildcards are refused through every face: no option of the operator allows them.',
      },
      'logout-stored': {
        text: 'The same for `post_logout_redirect_uri`, and for the addresses that are called at logout.',
      },
      loopback: {
        text: 'The port is free for `127.0.0.1` and `[::1]` alone.',
      },
      unproven: {
        text: 'An error that is found before the URI is proven never redirects, and a redirect is 303, not 307.',
      },
      'response-mode': {
        text: 'A token is never put into a query, whatever the request names, and the refusal is told where the token would have been.',
      },
      'logout-compare': {
        text: 'After a logout, the browser is sent to a registered URI alone.',
      },
    },
  },
  pkce: {
    title: 'PKCE',
    lines: {
      verifier: {
        text: 'A challenge needs its verifier; a verifier or a method without a challenge is an error.',
      },
      downgrade: {
        text: '`plain` is refused unless the client opted in, and so is dropping the challenge where the client requires one.',
      },
      pushed: {
        text: 'The rule holds for pushed requests, request objects and devices too.',
        waitsFor: 'endpoint /oauth/par',
      },
    },
  },
  'single-use': {
    title: 'Single-use values',
    lines: {
      replay: { text: 'The `jti` of an assertion is accepted once, at whichever endpoint.' },
      parallel: { text: 'Of 50 parallel redemptions of one value exactly one succeeds.' },
      kinds: { text: 'Values of different kinds, and of different clients, do not meet.' },
      bound: {
        text: 'A code is bound to its client, redirect URI, PKCE challenge and DPoP key; a second use revokes what the first gave.',
      },
      pushed: {
        text: 'A pushed request is used once, by the client that pushed it.',
        waitsFor: 'endpoint /oauth/par',
      },
      device: {
        text: 'Tries of a `user_code` are limited, and the person who approves is the one who signed in.',
        waitsFor: 'endpoint /oauth/device',
      },
      'pre-authorized': {
        text: 'A pre-authorized code is used once, and ends with too many wrong transaction codes.',
        waitsFor: 'grant urn:ietf:params:oauth:grant-type:pre-authorized_code',
      },
      proofs: { text: 'The `jti` of a DPoP proof is accepted once.', waitsFor: dpop },
    },
  },
  refresh: {
    title: 'Refresh',
    lines: {
      reuse: {
        text: 'Rotation with detection of reuse under concurrency; a retry within the grace time gets the same answer, a bounded number of times, never a second family.',
      },
      bound: {
        text: 'A refresh token is bound to its client, and scope, audience and details only shrink.',
      },
      current: {
        text: 'A disabled account, a disabled client, another identity provider and a removed grant type are refused at refresh.',
      },
    },
  },
  'client-authentication': {
    title: 'Client authentication',
    lines: {
      registered: {
        text: 'The method must be registered, and what is presented must be right even where it is optional.',
      },
      two: { text: 'Two methods in one request are an error.' },
      basic: { text: 'Basic credentials are percent-decoded strictly.' },
      algorithms: {
        text: 'Algorithms are those that the client registered: not `none`, not HS* with the public key.',
      },
      headers: { text: '`jwk`, `jku`, `x5u` and the like bring no key, and `crit` asks for nothing.' },
      audience: {
        text: '`aud` is one string, the issuer or the URL of the token endpoint; arrays are refused.',
      },
      times: { text: '`exp`, `nbf` and `iat` have limits.' },
      malformed: { text: 'An assertion that could be read in two ways is refused, though it is signed.' },
      secrets: { text: 'An expired or revoked secret is refused from the next request on.' },
      same: { text: 'An unknown client and a wrong secret get the same answer for the same work.' },
      'fapi-audience': {
        text: 'A client that is held to FAPI 2.0 names the issuer alone.',
        waitsFor: 'field fapi',
      },
    },
  },
  dpop: {
    title: 'DPoP',
    lines: {
      proof: {
        text: 'Replay across nodes, nonce, `htu` behind a proxy, `htm`, `ath`, clock skew, another key at refresh, bearer use of a bound token.',
        waitsFor: dpop,
      },
      absent: {
        text: 'A client that must send a proof gets nothing without one, and its older bearer tokens end.',
      },
    },
  },
  egress: {
    title: 'Requests the server makes',
    lines: {
      https: { text: 'https only, with a certificate that was vouched for.' },
      addresses: {
        text: 'Metadata services, link-local and unassigned addresses are refused in every form: IPv4-mapped, NAT64, 6to4, decimal, octal.',
      },
      loopback: { text: 'This machine is reached only where the operator said so.' },
      rebinding: {
        text: 'A name is resolved once, and the address that was judged is the one that is reached.',
      },
      answers: {
        text: 'No redirects; caps on size, time and content type; what is answered is never believed.',
      },
      budget: { text: 'No more requests are under way than a service can be asked to bear.' },
      clients: {
        text: 'URLs that clients name (`jwks_uri`, `logo_uri`, `sector_identifier_uri`, `request_uri`): every special range, private networks too, and a budget per origin.',
      },
      logout: {
        text: 'Back-channel logout is held to the same rules.',
      },
    },
  },
  logos: {
    title: 'Logos',
    lines: {
      type: { text: 'Magic bytes decide the type, not what was declared; no SVG.' },
      bombs: {
        text: 'Pixels are limited before anything is decoded; an animation becomes its first frame, a bomb nothing.',
      },
      content: {
        text: 'A truncated image is refused; of a polyglot the image alone is kept, without metadata.',
      },
      served: { text: 'Served with `nosniff`, a sandbox CSP and no cookies, at no other path.' },
    },
  },
  interaction: {
    title: 'Login and consent pages',
    lines: {
      csrf: { text: 'A CSRF token is bound to session and request; no session is fixed.' },
      frames: { text: "`frame-ancestors 'none'` and a strict CSP." },
      freshness: { text: '`prompt=none` and `max_age` are held to.' },
      names: {
        text: 'No face stores the name of a client that has control, bidirectional or invisible characters, or 10,000 of any.',
      },
      shown: {
        text: 'Names with HTML are shown as text, and clients that nobody verified are marked.',
      },
      asked: {
        text: 'Consent is asked for again when scopes, audience or redirect host grow.',
      },
      federated: {
        text: 'Nobody gets the account of another because of a name or an address at an upstream provider.',
      },
    },
  },
  administration: {
    title: 'Administration',
    lines: {
      roles: {
        text: 'Every method of every dialect and transport for every role: what is not allowed is refused, and changes nothing.',
      },
      'read-only': {
        text: 'Writing a derived or read-only field is an error, or ignored where the contract says so.',
      },
      escalation: {
        text: 'Nobody gives a client a management scope that the own token lacks, or takes over a client that has one.',
      },
      mask: { text: 'An unknown field in a mask is an error.' },
      merged: { text: 'Rules run on the merged record, the policy on the old one and the new.' },
      self: { text: 'A client does not enable or verify itself.' },
      secrets: { text: 'Secrets are absent from lists, logs, audit and errors.' },
      traces: { text: 'Secrets are absent from traces.' },
      writers: {
        text: 'Of two writers that name one revision one gets `conflict`; writers that name none are all applied.',
      },
      bodies: { text: '`__proto__`, duplicate keys and deep nesting are refused.' },
      sizes: { text: 'A body of 100 MB is refused before it is read.' },
      forms: { text: 'JSON, binary and every transport give the same authorisation.' },
      tokens: { text: 'A token counts in one header alone, and a forged, foreign or dead one nowhere.' },
      internal: { text: 'An internal client is changed through no face.' },
      'etags-on-the-wire': { text: 'ETags and authenticated cursors.', waitsFor: 'face native' },
      registration: {
        text: 'A registration token dies when its client is suspended or deleted.',
        waitsFor: registration,
      },
      console: {
        text: 'Calls of the console that cookies authenticate have a defence against CSRF.',
        waitsFor: 'endpoint /console',
      },
    },
  },
  exchange: {
    title: 'Token exchange',
    lines: {
      none: { text: 'A client that is registered for a grant without a mechanism gets nothing by it.' },
      policy: {
        text: 'No policy, or an actor that is not among the allowed delegators, is refused; so is an exchange towards administration scopes.',
        waitsFor: exchange,
      },
      subject: {
        text: 'A subject token that is for others, expired, revoked, a refresh token or bound to another key is refused.',
        waitsFor: exchange,
      },
      shrink: {
        text: 'Scope and life only shrink, `act` chains have an end, and an exchanged token ends with its actor.',
        waitsFor: exchange,
      },
    },
  },
  tokens: {
    title: 'Tokens and metadata',
    lines: {
      'private-keys': { text: 'The JWK Set never shows a private member.' },
      rotation: { text: 'Keys overlap at rotation.' },
      introspection: { text: 'Introspection answers the audience of a token and its client alone.' },
      revocation: {
        text: 'Revocation reports a failure of the storage, and ends the caller’s own tokens alone.',
      },
      current: { text: 'A token is worth what its client may have now.' },
      issuer: {
        text: '`iss` stands in every authorization response, errors too.',
      },
    },
  },
  operations: {
    title: 'Operations',
    lines: {
      defaults: { text: 'No secret has a default.' },
      'master-key': { text: 'The server does not start on a bad or readable master key.' },
      limits: {
        text: 'Requests to token, introspection, revocation and administration are limited, per client and per address.',
      },
      'interactive-limits': {
        text: 'Registration, device and pushed requests are limited too.',
        waitsFor: registration,
      },
      slow: { text: 'Connections that send slowly, or nothing, are ended and hold up nobody.' },
      headers: { text: 'Header sections are limited, and ambiguous ones refused.' },
      health: { text: 'Health says not ready when the storage is not.' },
    },
  },
};
