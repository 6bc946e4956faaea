import { setTimeout as delay } from 'node:timers/promises';
import type { Cores } from './cores.ts';
import type { Comparison } from './results.ts';
import { type ServerCommand, startServer } from './server-process.ts';

/** What a server costs before it is asked anything. */
export interface Beginnings {
  readonly start: Comparison;
  readonly idle: Comparison;
}

/** Until what a server does after its start is done. Milliseconds. */
const settling = 2000;

/** Starts each server, alone, once to make its data and then in turns to be measured. */
export async function measureBeginnings(
  servers: { readonly clientele: ServerCommand; readonly peer: ServerCommand },
  { rounds, cores }: { readonly rounds: number; readonly cores: Cores },
): Promise<Beginnings> {
  for (const server of [servers.clientele, servers.peer]) await begin(server, cores);
  const clientele: Beginning[] = [];
  const peer: Beginning[] = [];
  for (let round = 0; round < rounds; round++) {
    clientele.push(await begin(servers.clientele, cores));
    peer.push(await begin(servers.peer, cores));
  }
  const compare = (of: (beginning: Beginning) => number): Comparison => ({
    clientele: clientele.map(of),
    peer: peer.map(of),
  });
  return { start: compare(({ seconds }) => seconds), idle: compare(({ megabytes }) => megabytes) };
}

interface Beginning {
  readonly seconds: number;
  readonly megabytes: number;
}

async function begin(command: ServerCommand, cores: Cores): Promise<Beginning> {
  const server = await startServer(command, cores);
  await delay(settling);
  const megabytes = server.residentMegabytes();
  await server.stop();
  return { seconds: server.startSeconds, megabytes };
}
