import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountSection } from '../pages/models.ts';

/** Where a person has to prove who they are, and why. `sign-in`: nobody is signed in. `confirm`: it was too long ago. */
export interface ProofWanted {
  readonly reason: 'sign-in' | 'confirm';
  /** The part of the account that the person comes back to. */
  readonly section: AccountSection;
}

/** Sends the browser to where a person proves who they are, and from there back to a part of the account. */
export type AskForProof = (
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: ProofWanted,
) => Promise<FastifyReply>;
