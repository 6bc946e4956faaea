import { parentPort, workerData } from 'node:worker_threads';
import { createConnection, openForReading } from './connection.ts';
import type { ScanReply, ScanRequest } from './scanner.ts';

const connection = createConnection(openForReading((workerData as { readonly file: string }).file));

function answer({ id, query }: ScanRequest): ScanReply {
  try {
    return { id, rows: connection.rows(query) };
  } catch (error) {
    return { id, error };
  }
}

parentPort?.on('message', (request: ScanRequest) => parentPort?.postMessage(answer(request)));
