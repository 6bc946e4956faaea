import type { Client } from '../clients/client.ts';
import type { OAuthErrorCode } from './errors.ts';
import type { SupportedGrantType } from './grants/index.ts';

/** Hears what the endpoints did, so that it can be counted. It is quick, and never throws. */
export interface ProtocolListener {
  readonly tokenIssued: (grantType: SupportedGrantType, format: Client['accessTokenFormat']) => void;
  /** @param route the pattern of the endpoint's route */
  readonly refused: (route: string, code: OAuthErrorCode) => void;
}
