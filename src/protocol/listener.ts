import type { Client } from '../clients/client.ts';
import type { OAuthErrorCode } from './errors.ts';
import type { SupportedGrantType } from './grants/index.ts';

/** Hears what the endpoints did, so that it can be counted. It is quick, and never throws. */
export interface ProtocolListener {
  /** @param grantType `implicit`: the authorization endpoint has answered with the token itself, beside a code or not */
  readonly tokenIssued: (
    grantType: SupportedGrantType | 'implicit',
    format: Client['accessTokenFormat'],
  ) => void;
  /** @param route the pattern of the endpoint's route */
  readonly refused: (route: string, code: OAuthErrorCode) => void;
}
