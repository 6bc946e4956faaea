/** What a snapshot is made of. */
export interface SnapshotSource<Value> {
  /** A number that grows with every change of what `load` reads, in the same transaction. */
  readonly revision: () => Promise<number>;
  /** @param revision that the value is held under, though it may be newer */
  readonly load: (revision: number) => Promise<Value>;
}

interface Held<Value> {
  readonly revision: number;
  readonly value: Promise<Value>;
  /** How many calls had begun when the load did. */
  readonly calls: number;
}

/**
 * Keeps a value in memory that is small, read by every request and changed now and then, on any node. Each call asks for the
 * revision alone, and answers a value that is no older; the value is the same object until it changes.
 *
 * A load that fails rejects the calls that wait for it, and the next call loads again.
 */
export function createSnapshot<Value>({ revision, load }: SnapshotSource<Value>): () => Promise<Value> {
  let held: Held<Value> | undefined;
  let calls = 0;
  let latest: { readonly reading: Promise<number>; readonly answer: Promise<Value> } | undefined;

  const hold = (current: number): Promise<Value> => {
    const next: Held<Value> = { revision: current, value: load(current), calls };
    held = next;
    next.value.catch(() => {
      if (held === next) held = undefined;
    });
    return next.value;
  };

  const answerTo = async (reading: Promise<number>): Promise<Value> => {
    calls += 1;
    const call = calls;
    const current = await reading;
    return held !== undefined && serves(held, call, current) ? held.value : hold(current);
  };

  return () => {
    const reading = revision();
    // Calls that share a reading are one call.
    if (reading !== latest?.reading) latest = { reading, answer: answerTo(reading) };
    return latest.answer;
  };
}

/**
 * Whether what is held serves a call that has read `current`. A smaller number than the held one was read early, when the call began
 * before the load did; when it began afterwards, the database has lost changes, and what is held is of a past that never was.
 */
function serves({ revision, calls }: Held<unknown>, call: number, current: number): boolean {
  return revision === current || (revision > current && call <= calls);
}
