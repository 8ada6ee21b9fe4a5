import { setTimeout as delay } from "node:timers/promises";

/** A channel that takes longer to take an event over has failed. */
const channelTimeoutMs = 10_000;

/**
 * Lets channels work at the same time, each within 10 s, and waits for all of them. Where some failed, throws what they
 * threw when the others are done.
 */
export async function sideBySide(
  channels: Record<string, () => Promise<void>>,
  timeoutMs = channelTimeoutMs,
): Promise<void> {
  const results = await Promise.allSettled(
    Object.entries(channels).map(([name, tell]) => inTime(name, tell(), timeoutMs)),
  );
  const errors = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join("; "));
}

async function inTime(name: string, work: Promise<void>, timeoutMs: number): Promise<void> {
  const done = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`The channel ${name} did not take the event over within ${timeoutMs} ms.`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => {});
  }
}
