import { LRUCache } from "lru-cache";

/** Remembers a bounded number of values for a bounded time; the least recently used go first. */
export interface BoundedCache<K, V> {
  /** The remembered value; undefined when there is none or its time is over. */
  readonly get: (key: K) => V | undefined;
  /** Remembers a value for `ttlMs`, by default the cache's own. */
  readonly set: (key: K, value: V, ttlMs?: number) => void;
}

export interface BoundedCacheOptions {
  readonly maxEntries: number;
  /** How long a value is remembered, in milliseconds. */
  readonly ttlMs: number;
  /** Monotonic clock, in milliseconds. It must never read zero, which lru-cache takes for "no start time". */
  readonly now: () => number;
}

/** Makes an empty cache. */
export function createBoundedCache<K extends {}, V extends {}>(options: BoundedCacheOptions): BoundedCache<K, V> {
  const { maxEntries, ttlMs, now } = options;
  const cache = new LRUCache<K, V>({ max: maxEntries, ttl: ttlMs, ttlResolution: 0, perf: { now } });
  return {
    get: (key) => cache.get(key),
    set: (key, value, entryTtlMs = ttlMs) => {
      cache.set(key, value, { ttl: entryTtlMs });
    },
  };
}
