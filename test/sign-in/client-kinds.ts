import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import type { SignatureAlg } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';

/** A way in which a client proves itself at the token endpoint (OpenID Connect Core §9), as it is registered and as the libraries have it. */
export interface ClientKind {
  readonly title: string;
  readonly patch: ClientPatch;
  readonly forOpenidClient: (secret: string) => openid.ClientAuth;
  readonly forOauth4webapi: (secret: string) => oauth.ClientAuth;
}

const { publicKey, privateKey } = await generateKeyPair('ES256');
const key = { key: privateKey, kid: 'of the client' };
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: key.kid, alg: 'ES256', use: 'sig' }] };
const byAssertion = (
  method: 'private_key_jwt' | 'client_secret_jwt',
  tokenEndpointJwtAuthAlg: SignatureAlg,
): ClientPatch => ({ tokenEndpointAuthMethods: [method], tokenEndpointJwtAuthAlg });

/** Every one of them. */
export const clientKinds: readonly ClientKind[] = [
  {
    title: 'with its secret in the header',
    patch: { tokenEndpointAuthMethods: ['client_secret_basic'] },
    forOpenidClient: openid.ClientSecretBasic,
    forOauth4webapi: oauth.ClientSecretBasic,
  },
  {
    title: 'with its secret in the form',
    patch: { tokenEndpointAuthMethods: ['client_secret_post'] },
    forOpenidClient: openid.ClientSecretPost,
    forOauth4webapi: oauth.ClientSecretPost,
  },
  {
    title: 'with an assertion under its key',
    patch: { ...byAssertion('private_key_jwt', 'ES256'), jwks },
    forOpenidClient: () => openid.PrivateKeyJwt(key),
    forOauth4webapi: () => oauth.PrivateKeyJwt(key),
  },
  {
    title: 'with an assertion under its secret',
    patch: byAssertion('client_secret_jwt', 'HS256'),
    forOpenidClient: openid.ClientSecretJwt,
    forOauth4webapi: oauth.ClientSecretJwt,
  },
  {
    title: 'without any proof',
    patch: { tokenEndpointAuthMethods: ['none'], publicRefreshToken: true },
    forOpenidClient: openid.None,
    forOauth4webapi: oauth.None,
  },
];
