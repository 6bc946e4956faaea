/** Answers what `make` has made for `key`, once for as long as it is kept. */
export type RecentlyUsed<Value> = (key: string, make: () => Value) => Value;

/** Keeps the `limit` values that were used last. What `make` throws is not kept. */
export function createRecentlyUsed<Value extends object>(limit: number): RecentlyUsed<Value> {
  const values = new Map<string, Value>();
  return (key, make) => {
    const value = values.get(key) ?? make();
    // A map iterates in the order of insertion: the first is the one that was not used for the longest time.
    values.delete(key);
    values.set(key, value);
    const [oldest] = values.keys();
    if (values.size > limit && oldest !== undefined) values.delete(oldest);
    return value;
  };
}
