/**
 * Joins the calls of one turn of the event loop into one call of `work`, which answers in the order of its keys. Calls for the
 * same key share one answer.
 *
 * A call never joins a batch that has started: what `work` reads is at least as new as every call it serves.
 * When `work` throws or rejects, every call of that batch rejects with the same error.
 *
 * @param work gets every key once
 * @param noteSize hears how many calls each batch has joined
 */
export function batchPerTick<Key, Value>(
  work: (keys: readonly Key[]) => readonly Value[] | Promise<readonly Value[]>,
  noteSize?: (calls: number) => void,
): (key: Key) => Promise<Value> {
  let waiting = new Map<Key, PromiseWithResolvers<Value>>();
  let calls = 0;

  const run = async (): Promise<void> => {
    const batch = waiting;
    noteSize?.(calls);
    waiting = new Map();
    calls = 0;
    try {
      const values = await work([...batch.keys()]);
      let index = 0;
      for (const answer of batch.values()) answer.resolve(values[index++] as Value);
    } catch (error) {
      for (const answer of batch.values()) answer.reject(error);
    }
  };

  return (key) => {
    if (calls === 0) setImmediate(run);
    calls += 1;
    const known = waiting.get(key);
    if (known !== undefined) return known.promise;
    const answer = Promise.withResolvers<Value>();
    waiting.set(key, answer);
    return answer.promise;
  };
}
