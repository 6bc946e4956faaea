import type { Client } from '../../clients/client.ts';
import { OAuthError, type OAuthErrorCode } from '../errors.ts';

interface UnenforcedSetting {
  readonly isSet: (client: Client) => boolean;
  readonly code: OAuthErrorCode;
  readonly description: string;
}

/** Settings that bind every token request and that this server cannot enforce. */
const unenforcedSettings: readonly UnenforcedSetting[] = [
  {
    isSet: (client) => client.dpopRequired,
    code: 'invalid_dpop_proof',
    description: 'The client is held to DPoP, which this server does not support.',
  },
];

/**
 * Fails closed: a client with a setting that cannot be enforced is refused, never served unprotected.
 * @throws OAuthError
 */
export function checkSettingsEnforced(client: Client): void {
  const setting = unenforcedSettings.find(({ isSet }) => isSet(client));
  if (setting !== undefined) throw new OAuthError(setting.code, setting.description);
}

/** Whether every setting of the client that binds its tokens can be enforced. */
export function settingsAreEnforced(client: Client): boolean {
  return !unenforcedSettings.some(({ isSet }) => isSet(client));
}
