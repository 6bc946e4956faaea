import type { Client, GrantType } from '../../clients/client.ts';
import type { Lens } from '../../clients/view.ts';

/** What the dialect calls the grants that it shows, in its order. The record has more, which it hides and preserves. */
const grantTypes = {
  client_credentials: 'client_credentials',
  password: 'password',
  authorization_code: 'authorization_code',
  agent_code: 'agent_code',
  refresh_token: 'refresh_token',
  implicit: 'implicit',
  revoke: 'revoke',
  introspect: 'introspect',
  id_token: 'id_token',
  vp_token: 'vp_token',
  preauthorized_code: 'urn:ietf:params:oauth:grant-type:pre-authorized_code',
  agent_credentials: 'agent_credentials',
} as const satisfies Readonly<Record<string, GrantType>>;

/** A grant in the dialect's words. */
export type SupportedGrantType = keyof typeof grantTypes;

/** All of them. */
export const supportedGrantTypes = Object.keys(grantTypes) as SupportedGrantType[];

const nameOf: ReadonlyMap<GrantType, SupportedGrantType> = new Map(
  supportedGrantTypes.map((name) => [grantTypes[name], name]),
);

/** `supported_grant_types`. */
export const supportedGrantTypesLens: Lens<readonly SupportedGrantType[]> = {
  shows: ['grantTypes'],
  get: (client) => client.grantTypes.flatMap((grant) => nameOf.get(grant) ?? []),
  put: (names, client) => ({ grantTypes: [...names.map((name) => grantTypes[name]), ...hiddenOf(client)] }),
};

function hiddenOf(client: Client): readonly GrantType[] {
  return client.grantTypes.filter((grant) => !nameOf.has(grant));
}
