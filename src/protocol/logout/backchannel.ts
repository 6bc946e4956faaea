import type { ClientStore } from '../../clients/store.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { TokenSignerDeps } from '../tokens/token-signer.ts';
import type { DeliveryOutcome } from './deliver-notice.ts';
import type { EndingStore } from './ending-store.ts';
import { createEndings, type Endings } from './endings.ts';
import { createLogoutDelivery, type LogoutDelivery } from './logout-delivery.ts';
import type { LogoutNoticeStore } from './logout-notice.ts';
import { createLogoutTokens } from './logout-tokens.ts';
import { createNoticeAttempt, type PostForm } from './notice-attempt.ts';

/** Endings, and the delivery that they wake. */
export interface BackchannelLogout {
  readonly endings: Endings;
  readonly delivery: LogoutDelivery;
}

/** What it is made of. */
export interface BackchannelLogoutDeps extends Omit<TokenSignerDeps, 'typ'> {
  readonly issuer: string;
  readonly clients: Pick<ClientStore, 'load'>;
  readonly endingStore: EndingStore;
  readonly logoutNotices: LogoutNoticeStore;
  readonly postForm: PostForm;
  readonly logger: Logger;
  /** Hears how each attempt ended. It is quick, and never throws. */
  readonly onAttempt?: ((outcome: DeliveryOutcome) => void) | undefined;
}

/** Makes both. Nothing is delivered by itself before `startLogoutDelivery`. */
export function createBackchannelLogout(deps: BackchannelLogoutDeps): BackchannelLogout {
  const { logoutNotices, endingStore, onAttempt } = deps;
  const attempt = createNoticeAttempt({ ...deps, tokens: createLogoutTokens(deps) });
  const delivery = createLogoutDelivery({ ...deps, store: logoutNotices, attempt, listener: onAttempt });
  return { endings: createEndings({ ...deps, store: endingStore, wake: delivery.wake }), delivery };
}
