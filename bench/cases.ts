import type { Goal } from './results.ts';
import { jwtClient, opaqueClient } from './setting.ts';
import type { SideName } from './sides.ts';
import type { Target, Workload } from './workload.ts';
import { readDiscovery, readJwks } from './workloads/documents.ts';
import { introspectTokensOf } from './workloads/introspection.ts';
import { refreshAgain, refreshInTurn } from './workloads/refreshes.ts';
import { signInAgain, signInWithPassword } from './workloads/sign-ins.ts';
import { askForJwts, askForOpaqueTokens } from './workloads/tokens.ts';
import { type Registered, updateDialects, updateThrough } from './workloads/updates.ts';
import { readUserinfo } from './workloads/userinfo.ts';

/** How a side is asked in a case. */
export type PrepareWorkload = (target: Target, registered: Registered) => Promise<Workload>;

/** One thing that is measured under load. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly goals: readonly Goal[];
  /** The sides that take part. */
  readonly workloads: Readonly<Partial<Record<SideName, PrepareWorkload>>> & {
    readonly clientele: PrepareWorkload;
  };
}

const toPeer = (atLeast: number): Goal => ({ of: 'ratio', to: 'peer', atLeast });
const perSecond = (atLeast: number): Goal => ({ of: 'rate', atLeast });

/** Every case, in the order in which they run. */
export const cases: readonly Case[] = [
  {
    id: 'token-jwt',
    title: 'Client credentials, ES256 JWT',
    goals: [toPeer(3), { of: 'ratio', to: 'composite', atLeast: 0.85 }],
    workloads: { clientele: askForJwts, peer: askForJwts, composite: askForJwts },
  },
  {
    id: 'token-opaque',
    title: 'Client credentials, opaque token',
    goals: [toPeer(2.5)],
    workloads: { clientele: askForOpaqueTokens, peer: askForOpaqueTokens },
  },
  {
    id: 'introspect-jwt',
    title: 'Introspection of 10,000 JWTs (peer: opaque)',
    goals: [toPeer(2)],
    // The peer refuses to introspect JWTs.
    workloads: { clientele: introspectTokensOf(jwtClient), peer: introspectTokensOf(opaqueClient) },
  },
  {
    id: 'introspect-opaque',
    title: 'Introspection of 10,000 opaque tokens',
    goals: [toPeer(2)],
    workloads: { clientele: introspectTokensOf(opaqueClient), peer: introspectTokensOf(opaqueClient) },
  },
  {
    id: 'sign-in-again',
    title: 'Sign-in with an existing session (2 requests)',
    goals: [toPeer(3)],
    workloads: { clientele: signInAgain, peer: signInAgain },
  },
  {
    id: 'refresh',
    title: 'Refresh, confidential client',
    goals: [toPeer(2.5)],
    workloads: { clientele: refreshAgain, peer: refreshAgain },
  },
  {
    id: 'refresh-rotating',
    title: 'Refresh with rotation, public client',
    goals: [toPeer(2.5)],
    workloads: { clientele: refreshInTurn, peer: refreshInTurn },
  },
  {
    id: 'userinfo',
    title: 'Userinfo (ours: JWTs; peer: opaque)',
    goals: [toPeer(2.5)],
    // The peer refuses JWTs at its userinfo endpoint.
    workloads: { clientele: readUserinfo, peer: readUserinfo },
  },
  {
    id: 'sign-in',
    title: 'Sign-in with a password, argon2id (4 requests)',
    goals: [{ of: 'rate', atLeast: 0 }],
    // The peer checks no password, so that beside it the figure would say nothing.
    workloads: { clientele: signInWithPassword },
  },
  {
    id: 'discovery',
    title: 'Discovery document',
    goals: [toPeer(4)],
    workloads: { clientele: readDiscovery, peer: readDiscovery },
  },
  {
    id: 'jwks',
    title: 'JWK Set',
    goals: [toPeer(2.5)],
    workloads: { clientele: readJwks, peer: readJwks },
  },
  {
    id: 'update-connect',
    title: 'Durable client update, Connect',
    goals: [perSecond(2000)],
    workloads: { clientele: (_target, clients) => updateThrough(updateDialects.connect, clients) },
  },
  {
    id: 'update-login-api',
    title: 'Durable client update, login API',
    goals: [perSecond(3000)],
    workloads: { clientele: (_target, clients) => updateThrough(updateDialects.loginApi, clients) },
  },
  {
    id: 'update-clients-api',
    title: 'Durable client update, clients API',
    goals: [perSecond(3000)],
    workloads: { clientele: (_target, clients) => updateThrough(updateDialects.clientsApi, clients) },
  },
];
