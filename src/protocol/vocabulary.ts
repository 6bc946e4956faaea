/** Where the endpoints are, below the issuer. */
export const endpointPaths = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  userinfo: '/oauth/userinfo',
  endSession: '/oauth/end-session',
  jwks: '/oauth/jwks',
} as const;

/** The type of access tokens in answers (RFC 6750). */
export const bearer = 'Bearer';

/** The `typ` of access tokens that are JWTs (RFC 9068 §2.1). */
export const accessTokenType = 'at+jwt';
