import { issuerAt } from '../config/configuration.ts';
import type { ReservedPort } from '../http/listen.ts';
import type { Observers } from '../observability/observers.ts';
import { type Declared, declareEverything } from '../operator/declare.ts';
import { type ClientTokens, createClientTokens } from '../protocol/tokens/client-tokens.ts';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
} from '../protocol/tokens/verify-access-token.ts';
import { type Foundation, type OpenRegistry, openRegistry, signingMeans } from './open-registry.ts';

/** What a server stands on, beside the registry's own. */
export interface ServerFoundation extends Foundation {
  readonly reserved: ReservedPort;
  /** A clock that never goes back, for what is counted by time. */
  readonly milliseconds: () => number;
  readonly observers: Observers;
}

/** Everything below the faces. */
export interface Core extends OpenRegistry, ServerFoundation {
  readonly issuer: string;
  readonly verifier: AccessTokenVerifier;
  readonly clientTokens: ClientTokens;
  readonly declared: Declared;
}

/** Everything below the faces, with what the operator declares in force. */
export async function openCore(base: ServerFoundation): Promise<Core> {
  const { configuration, clock, storage } = base;
  const { clients, accessTokens, settings } = storage.stores;
  const issuer = issuerAt(configuration, base.reserved.port);
  const bare = await openRegistry(base);
  const opened = { ...bare, registry: base.observers.watchRegistry(bare.registry) };
  const verifier = createAccessTokenVerifier({ ...opened, issuer, clients, accessTokens, clock });
  const clientTokens = createClientTokens({ ...opened, ...signingMeans(configuration), issuer, clock });
  const declared = await declareEverything({ ...base, ...opened, issuer, settings });
  return { ...base, ...opened, issuer, verifier, clientTokens, declared };
}
