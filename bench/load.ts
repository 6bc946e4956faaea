import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Answer, createAnswerReader } from './answer-reader.ts';

/** What is sent, and what becomes of the answers. */
export interface Traffic {
  readonly port: number;
  /** How many connections are open; each waits for its answer before it sends again. */
  readonly connections: number;
  /** The next request of a connection; undefined ends it. */
  readonly next: (connection: number) => Buffer | undefined;
  /** Gets every answer. Its body is overwritten later: copy what is to be kept. */
  readonly onAnswer: (answer: Answer, connection: number) => void;
}

/** How much was answered in a stretch of time. */
export interface Flow {
  /** Seconds. */
  readonly duration: number;
  readonly answers: number;
}

/**
 * Sends requests over every connection until each has ended.
 * @throws Error when an answer is neither 2xx nor a redirect, or a connection is lost
 */
export async function exchange({ port, connections, next, onAnswer }: Traffic): Promise<void> {
  const ended = Array.from({ length: connections }, (_, connection) =>
    exchangeOn({
      port,
      next: () => next(connection),
      onAnswer: (answer) => {
        if (answer.status >= 400) throw new Error(`answered ${answer.status}: ${answer.body.toString()}`);
        onAnswer(answer, connection);
      },
    }),
  );
  await Promise.all(ended);
}

interface Conversation {
  readonly port: number;
  readonly next: () => Buffer | undefined;
  readonly onAnswer: (answer: Answer) => void;
}

function exchangeOn({ port, next, onAnswer }: Conversation): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const send = (): void => {
      const request = next();
      if (request === undefined) socket.destroy();
      else socket.write(request);
    };
    const read = createAnswerReader((answer) => {
      onAnswer(answer);
      send();
    });
    socket.once('connect', send);
    socket.on('data', (octets: Buffer) => {
      try {
        read(octets);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error('unreadable answer', { cause: error }));
      }
    });
    socket.once('end', () => socket.destroy(new Error('the server closed a connection')));
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
}

/** How long a server is kept busy. Seconds. */
export interface Stretch {
  /** Before anything is counted. */
  readonly leadIn: number;
  readonly counted: number;
}

/**
 * Keeps a server busy and counts what it answers in the time after the lead-in.
 * @throws Error as `exchange`
 */
export async function measureFlow(
  traffic: Traffic,
  { leadIn, counted }: Stretch,
  onBoundary: () => void = () => {},
): Promise<Flow> {
  let answers = 0;
  let open = true;
  const marks: { readonly at: number; readonly answers: number }[] = [];
  const mark = (): void => {
    onBoundary();
    marks.push({ at: performance.now(), answers });
  };
  const timers = [
    setTimeout(mark, leadIn * 1000),
    setTimeout(
      () => {
        mark();
        open = false;
      },
      (leadIn + counted) * 1000,
    ),
  ];
  try {
    await exchange({
      ...traffic,
      next: (connection) => (open ? traffic.next(connection) : undefined),
      onAnswer: (answer, connection) => {
        answers += 1;
        traffic.onAnswer(answer, connection);
      },
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  const [from, to] = marks;
  if (from === undefined || to === undefined) throw new Error('the traffic ended before its time');
  return { duration: (to.at - from.at) / 1000, answers: to.answers - from.answers };
}
