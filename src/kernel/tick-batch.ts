interface Waiting<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins the calls of one turn of the event loop into one call of `work`, which answers in the order of its keys.
 *
 * A call never joins a batch that has started: what `work` reads is at least as new as every call it serves.
 * When `work` throws or rejects, every call of that batch rejects with the same error.
 */
export function batchPerTick<Key, Value>(
  work: (keys: readonly Key[]) => readonly Value[] | Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  let waiting: Waiting<Key, Value>[] = [];

  const run = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    try {
      const values = await work(batch.map((call) => call.key));
      for (const [index, call] of batch.entries()) call.resolve(values[index] as Value);
    } catch (error) {
      for (const call of batch) call.reject(error);
    }
  };

  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(run);
      waiting.push({ key, resolve, reject });
    });
}
