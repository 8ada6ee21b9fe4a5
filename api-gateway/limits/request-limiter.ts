import { BatchedCalls } from "../../shared/concurrency/batched-calls.js";
import { type Ask, type CountStore, countRequests, type Verdict } from "./count-requests.js";

interface LimiterOptions {
  /** Counters that all instances share. */
  shared: CountStore;
  /** Counters of this process, while the shared ones cannot be reached. */
  local: CountStore;
  /** How long a request waits for the shared counters. */
  timeoutMs: number;
  /** How long the local counters are used after a failure. */
  retryAfterMs: number;
  onFailure: (error: unknown) => void;
}

const maxBatch = 1_000;

/**
 * Counts requests exactly, across instances. Requests that come while a statement is under way are counted together
 * by the next one, so that a busy tenant's counter is written once a round trip and not once a request.
 */
export class RequestLimiter {
  private readonly calls = new BatchedCalls<Ask, Verdict>({
    run: (asks) => this.verdicts(asks),
    most: maxBatch,
  });
  private localUntil = 0;

  constructor(private readonly options: LimiterOptions) {}

  /** Counts a request and answers whether it may go on. */
  check(ask: Ask): Promise<Verdict> {
    return this.calls.call(ask);
  }

  private async verdicts(asks: Ask[]): Promise<Verdict[]> {
    const { shared, local, timeoutMs, retryAfterMs, onFailure } = this.options;
    if (performance.now() >= this.localUntil) {
      try {
        return await within(timeoutMs, countRequests(shared, asks));
      } catch (error) {
        this.localUntil = performance.now() + retryAfterMs;
        onFailure(error);
      }
    }
    return await countRequests(local, asks);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
