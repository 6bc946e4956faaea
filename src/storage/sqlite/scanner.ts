import { Worker } from 'node:worker_threads';
import { ownModuleUrl } from '../../kernel/own-module.ts';
import type { Query } from '../statement.ts';

/** What the worker is asked. */
export interface ScanRequest {
  readonly id: number;
  readonly query: Query<unknown>;
}

/** What the worker answers. */
export type ScanReply =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly error: unknown };

interface Pending {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs reads on a worker thread that has a connection of its own. */
export interface Scanner {
  readonly scan: <Row>(query: Query<Row>) => Promise<readonly Row[]>;
  /** Ends the worker once every scan is answered. */
  readonly close: () => Promise<void>;
}

const workerUrl = ownModuleUrl(import.meta.url, './scan-worker.ts');

/** Makes a scanner of the database in `file`. Its worker starts with the first scan, and again after it has died. */
export function createScanner(file: string): Scanner {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;
  let idle = Promise.withResolvers<void>();
  idle.resolve();

  const settle = (id: number, act: (scan: Pending) => void): void => {
    const scan = pending.get(id);
    pending.delete(id);
    if (scan !== undefined) act(scan);
    if (pending.size > 0) return;
    worker?.unref();
    idle.resolve();
  };

  const failAll = (error: unknown): void => {
    worker = undefined;
    for (const id of [...pending.keys()]) settle(id, (scan) => scan.reject(error));
  };

  const start = (): Worker => {
    const started = new Worker(workerUrl, { workerData: { file } });
    started.on('message', (reply: ScanReply) =>
      settle(reply.id, (scan) => ('rows' in reply ? scan.resolve(reply.rows) : scan.reject(reply.error))),
    );
    started.on('error', failAll);
    worker = started;
    return started;
  };

  const submit = (query: Query<unknown>, scan: Pending): void => {
    const { text, parameters } = query;
    const running = worker ?? start();
    const id = ++lastId;
    if (pending.size === 0) {
      idle = Promise.withResolvers();
      running.ref();
    }
    pending.set(id, scan);
    running.postMessage({ id, query: { text, parameters } } satisfies ScanRequest);
  };

  return {
    scan: <Row>(query: Query<Row>) =>
      new Promise<readonly Row[]>((resolve, reject) => {
        submit(query, { resolve: (rows) => resolve(rows as readonly Row[]), reject });
      }),
    close: async () => {
      await idle.promise;
      await worker?.terminate();
    },
  };
}
