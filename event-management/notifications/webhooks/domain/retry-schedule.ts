const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Waits before the second and each further attempt: the schedule of Standard Webhooks, ten attempts over 75 h 35 m 5 s.
 */
const waits = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** Waits are up to a tenth shorter or longer, so that what failed together does not come back together. */
const jitter = 0.1;

/** Attempts of one schedule. */
export const mostAttempts = waits.length + 1;

/**
 * Milliseconds from attempt number `attempt` (from 1) to the next one; undefined where that was the last. A receiver
 * that asks for a longer wait (`Retry-After`) gets it, up to a day. `random` is from 0 to below 1.
 */
export function waitAfter(
  attempt: number,
  options: { random: number; retryAfterMs?: number },
): number | undefined {
  const wait = waits[attempt - 1];
  if (wait === undefined) return undefined;
  const jittered = Math.round(wait * (1 - jitter + 2 * jitter * options.random));
  return Math.max(jittered, Math.min(options.retryAfterMs ?? 0, 24 * hour));
}
