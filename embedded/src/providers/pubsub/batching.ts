interface Waiting<T> {
  item: T;
  done: PromiseWithResolvers<void>;
}

/**
 * Sends items in batches, one batch at a time; items that come meanwhile go together in the next. So a lone item costs
 * one round trip, many share one, and the items of one process keep their order without being awaited.
 */
export class Batching<T> {
  private waiting: Waiting<T>[] = [];
  private sending: Promise<void> | undefined;

  constructor(
    private readonly options: {
      /** Sends a batch of at least one item. */
      send(items: T[]): Promise<void>;
      /** Items that a batch may have, 500 by default. */
      maxItems?: number;
      /** Size of an item, and how much of it a batch may hold; a single larger item goes alone. */
      size(item: T): number;
      maxSize: number;
      /** Whether a batch that failed in this way is sent again item by item, so that a bad item fails alone. */
      separately?(error: unknown): boolean;
    },
  ) {}

  /** Resolves when the item was sent; rejects with what its batch failed with. */
  add(item: T): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.waiting.push({ item, done });
    this.sending ??= this.sendAll();
    return done.promise;
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    await Promise.resolve(); // what is added in the same breath goes in the same batch
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      try {
        await this.options.send(batch.map(({ item }) => item));
        for (const { done } of batch) done.resolve();
      } catch (error) {
        await this.failed(batch, error);
      }
    }
    this.sending = undefined; // in the same breath as the last look
  }

  private nextBatch(): Waiting<T>[] {
    const { maxItems = 500, maxSize } = this.options;
    let size = 0;
    const over = this.waiting.findIndex(({ item }, index) => {
      size += this.options.size(item);
      return index === maxItems || (index > 0 && size > maxSize);
    });
    return this.waiting.splice(0, over === -1 ? this.waiting.length : over);
  }

  private async failed(batch: Waiting<T>[], error: unknown): Promise<void> {
    const separately = batch.length > 1 && this.options.separately?.(error) === true;
    for (const { item, done } of batch) {
      if (!separately) done.reject(error);
      else await this.options.send([item]).then(done.resolve, done.reject);
    }
  }
}
