import type { FastifyRequest } from 'fastify';
import { type AuditOf, auditEvent } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';

/** Makes the audit entries of what a person does. @param actor default: the account that it is done to, which is the person's own */
export function auditOfPerson({ id: requestId }: FastifyRequest, clock: Clock, actor?: string): AuditOf {
  return (action, targetId) =>
    auditEvent({ actor: actor ?? targetId, face: 'pages', requestId }, clock.now(), { action, targetId });
}
