import type { Charge, Counted, CountStore } from "./count-requests.js";

const maxCounters = 50_000;

interface LocalCount {
  used: number;
  resetsAt: number;
}

/** Counters of this process alone, for the time that the shared ones cannot be reached. */
export function localCountStore(windowMs: number, now: () => number = Date.now): CountStore {
  const counts = new Map<string, LocalCount>();

  const add = (key: string, count: number): Counted => {
    const known = counts.get(key);
    const current = known && known.resetsAt > now() ? known : { used: 0, resetsAt: now() + windowMs };
    current.used += count;
    counts.delete(key);
    counts.set(key, current);
    const [oldest] = counts.keys();
    if (counts.size > maxCounters && oldest !== undefined) counts.delete(oldest);
    return { used: current.used, resetMs: current.resetsAt - now() };
  };

  return async (charges: Charge[]) => {
    const counted = new Map<string, Counted>();
    for (const { caller, callerLimit, tenant, count } of charges) {
      const callerCount = add(caller, count);
      counted.set(caller, callerCount);
      const admitted = Math.max(0, Math.min(count, callerLimit - (callerCount.used - count)));
      if (tenant !== null && admitted > 0) counted.set(tenant, add(tenant, admitted));
    }
    return counted;
  };
}
