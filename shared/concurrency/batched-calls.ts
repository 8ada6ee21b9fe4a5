import { setImmediate } from "node:timers/promises";

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

export interface BatchedCallsOptions<Item, Result> {
  /** Does the work of a batch; answers a result for each item, in their order. */
  run: (items: Item[]) => Promise<Result[]>;
  /** Items of a batch at most. */
  most: number;
  /** Items of a batch that failed are run one by one, so that each fails for itself alone. */
  separately?: boolean;
  /** A batch waits for what else is asked for in the same turn of the event loop. */
  gather?: boolean;
}

/**
 * Does what is asked for at the same time together: what comes while one batch runs waits for the next, so that many
 * calls cost one round trip, and a lone call waits for nobody.
 */
export class BatchedCalls<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = false;

  constructor(private readonly options: BatchedCallsOptions<Item, Result>) {}

  /** Ends with the item's result, or fails as its batch did. */
  call(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.running) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.running = true;
    if (this.options.gather) await setImmediate();
    while (this.waiting.length > 0) await this.runTogether(this.waiting.splice(0, this.options.most));
    this.running = false;
  }

  private async runTogether(batch: Waiting<Item, Result>[]): Promise<void> {
    const { run, separately } = this.options;
    try {
      const results = await run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
    } catch (error) {
      if (separately && batch.length > 1) for (const one of batch) await this.runTogether([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
