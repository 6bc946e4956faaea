/** Response types of the authorization endpoint, each a column of its own. */
export const responseTypes = [
  'code',
  'id_token',
  'code id_token',
  'code token',
  'id_token token',
  'code id_token token',
  'token',
  'none',
] as const;

/** Where a rule of a client may take effect. A person is on the way in those that begin with `open`: a page was open when the client was changed. */
export const columns = [
  ...responseTypes.map((type) => `authorize ${type}` as const),
  'open consent page',
  'open consent form',
  'open login form',
  'open second-factor form',
  'open sign-up form',
  'open chooser form',
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'userinfo',
  'introspection',
  'introspection by the API',
  'revocation',
  'end_session',
  'Connect',
] as const;

/** One of `columns`. */
export type Column = (typeof columns)[number];

const authorize: readonly Column[] = responseTypes.map((type) => `authorize ${type}` as const);
const authorizeFor = (part: string): readonly Column[] =>
  responseTypes.filter((type) => type.split(' ').includes(part)).map((type) => `authorize ${type}` as const);
const authorizeExcept = (part: string): readonly Column[] =>
  authorize.filter((column) => !authorizeFor(part).includes(column));

/** Whoever sends the form is asked to allow what the client wants. */
const asking = [
  'open consent page',
  'open login form',
  'open second-factor form',
  'open sign-up form',
] as const;
/** Whoever sends it gets back to the client. */
const answering = ['open consent form', 'open chooser form'] as const;
const underWay = [...asking, ...answering] as const;
const redeem = ['authorization_code', 'refresh_token'] as const;
const lookedAt = ['userinfo', 'introspection', 'introspection by the API', 'Connect'] as const;

/** Columns that have something in common, and that many rules treat alike. A column that is in none is decided by each row alone. */
export const groups = {
  /** A request of somebody who is signed in and has allowed everything. */
  authorize,
  authorizeWithCode: authorizeFor('code'),
  authorizeWithoutCode: authorizeExcept('code'),
  authorizeWithIdToken: authorizeFor('id_token'),
  authorizeWithoutIdToken: authorizeExcept('id_token'),
  authorizeWithToken: authorizeFor('token'),
  authorizeWithoutToken: authorizeExcept('token'),
  /** The client was changed while a person was at a page; the request was for a code. */
  underWay,
  asking,
  answering,
  /** Codes and refresh tokens that were given before the change become tokens. */
  redeem,
  /** Tokens that were given before the change are looked at. */
  lookedAt,
  /** The client proves itself. */
  proven: [...redeem, 'client_credentials', 'introspection', 'revocation'],
  /** It does not. */
  unproven: [...authorize, ...underWay, 'userinfo', 'introspection by the API', 'Connect', 'end_session'],
  /** Nothing is given any more. */
  afterwards: [...lookedAt, 'revocation', 'end_session'],
} as const satisfies Readonly<Record<string, readonly Column[]>>;

/** The column that each endpoint of the metadata has, by the name under which it stands there; every grant and response type has its own. */
export const endpointColumns: Readonly<Record<string, readonly Column[]>> = {
  authorization_endpoint: authorize,
  token_endpoint: ['authorization_code', 'refresh_token', 'client_credentials'],
  introspection_endpoint: ['introspection', 'introspection by the API'],
  revocation_endpoint: ['revocation'],
  userinfo_endpoint: ['userinfo'],
  end_session_endpoint: ['end_session'],
};
