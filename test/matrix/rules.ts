import type { FieldsWithoutRows, Row } from './cells.ts';
import { accessRules } from './rules-of-access.ts';
import { peopleRules } from './rules-of-people.ts';
import { proofRules } from './rules-of-proof.ts';
import { tokenRules } from './rules-of-tokens.ts';

/** The matrix: every rule of a client, and what it does where. */
export const rules: readonly Row[] = [...accessRules, ...proofRules, ...tokenRules, ...peopleRules];

const noMechanism = 'Its mechanism does not exist yet; no grant and no endpoint takes it.';
const decidesNothing = 'It says who manages the client, or when; no request of the client is judged by it.';

/** Fields that no column is concerned by. */
export const fieldsWithoutRows: FieldsWithoutRows = {
  id: 'It never changes.',
  revision: decidesNothing,
  createdAt: decidesNothing,
  updatedAt: decidesNothing,
  ownerId: decidesNothing,
  publicKey: 'It follows `keyPairType`.',
  did: 'It follows `keyPairType`.',
  signaturesAdapter: 'It says who holds the key: test/effects/signing-algorithms.test.ts has both.',
  backchannelLogoutSessionRequired: 'It decides what a logout token says: test/logout/backchannel.test.ts.',
  authorizationRequestTtl: noMechanism,
  responseMode: noMechanism,
  txCodeRequired: noMechanism,
  allowedDelegators: noMechanism,
  publicClientId: noMechanism,
  checkPublicClientId: noMechanism,
};
