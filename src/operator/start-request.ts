import { operator } from '../clients/policy.ts';

/** Who asks for what the configuration brings about, and how: for audit entries. */
export const startRequest = { actor: operator, face: 'configuration', requestId: 'start' } as const;
