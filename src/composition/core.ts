import type { Registry } from '../clients/registry.ts';
import { issuerAt } from '../config/configuration.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import type { ReservedPort } from '../http/listen.ts';
import type { Observers } from '../observability/observers.ts';
import { type Declared, declareEverything } from '../operator/declare.ts';
import { type ConsentUseRecorder, createConsentUseRecorder } from '../protocol/consent-use.ts';
import { type BackchannelLogout, createBackchannelLogout } from '../protocol/logout/backchannel.ts';
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
export interface Core extends OpenRegistry, ServerFoundation, BackchannelLogout {
  readonly issuer: string;
  readonly verifier: AccessTokenVerifier;
  readonly clientTokens: ClientTokens;
  readonly consentUse: ConsentUseRecorder;
  readonly declared: Declared;
  /** The one way for requests to what clients and providers name. */
  readonly egress: Egress;
}

/** Everything below the faces, with what the operator declares in force. */
export async function openCore(base: ServerFoundation): Promise<Core> {
  const { configuration, clock, storage } = base;
  const { clients, accessTokens, grants, consents, settings } = storage.stores;
  const issuer = issuerAt(configuration, base.reserved.port);
  const bare = await openRegistry(base);
  const egress = createEgress(configuration.egress);
  const backchannel = openBackchannel(base, bare, { issuer, egress });
  const registry = base.observers.watchRegistry(tellingOfDeletions(bare.registry, backchannel));
  const opened = { ...bare, ...backchannel, egress, registry };
  const verifier = createAccessTokenVerifier({ ...opened, issuer, clients, accessTokens, grants, clock });
  const clientTokens = createClientTokens({ ...opened, ...signingMeans(configuration), issuer, clock });
  const consentUse = createConsentUseRecorder({ consents, clock, logger: base.logger });
  const declared = await declareEverything({ ...base, ...opened, issuer, settings });
  return { ...base, ...opened, issuer, verifier, clientTokens, consentUse, declared };
}

function openBackchannel(
  base: ServerFoundation,
  opened: OpenRegistry,
  { issuer, egress }: { readonly issuer: string; readonly egress: Egress },
): BackchannelLogout {
  const { configuration, storage, observers } = base;
  const { clients, endings, logoutNotices } = storage.stores;
  return createBackchannelLogout({
    ...base,
    ...opened,
    ...signingMeans(configuration),
    issuer,
    clients,
    endingStore: endings,
    logoutNotices,
    postForm: egress.postForm,
    onAttempt: observers.logoutNotices,
  });
}

/** The deletion of a client puts notices in the outbox; they are delivered at once. */
function tellingOfDeletions(registry: Registry, { delivery }: BackchannelLogout): Registry {
  return {
    ...registry,
    remove: async (request) => {
      await registry.remove(request);
      delivery.wake();
    },
  };
}
