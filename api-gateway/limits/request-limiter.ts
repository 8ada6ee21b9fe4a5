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

interface Waiting {
  ask: Ask;
  resolve: (verdict: Verdict) => void;
  reject: (error: unknown) => void;
}

/**
 * Counts requests exactly, across instances. Requests that come while a statement is under way are counted together
 * by the next one, so that a busy tenant's counter is written once a round trip and not once a request.
 */
export class RequestLimiter {
  private waiting: Waiting[] = [];
  private counting = false;
  private localUntil = 0;

  constructor(private readonly options: LimiterOptions) {}

  /** Counts a request and answers whether it may go on. */
  check(ask: Ask): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ask, resolve, reject });
      if (!this.counting) void this.count();
    });
  }

  private async count(): Promise<void> {
    this.counting = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, maxBatch);
      try {
        const verdicts = await this.verdicts(batch.map(({ ask }) => ask));
        for (const [index, { resolve }] of batch.entries()) resolve(verdicts[index]!);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.counting = false;
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
