import { BatchedCalls, type BatchedCallsOptions } from "./batched-calls.js";

interface Lane<Item, Result> {
  calls: BatchedCalls<Item, Result>;
  open: number;
}

/** `BatchedCalls` for each key by itself: what one key asks for never waits for another key. */
export class BatchedByKey<Item, Result> {
  private readonly lanes = new Map<string, Lane<Item, Result>>();

  constructor(private readonly options: BatchedCallsOptions<Item, Result>) {}

  /** Ends with the item's result, or fails as its batch did. */
  async call(key: string, item: Item): Promise<Result> {
    const lane = this.lanes.get(key) ?? { calls: new BatchedCalls(this.options), open: 0 };
    this.lanes.set(key, lane);
    lane.open++;
    try {
      return await lane.calls.call(item);
    } finally {
      lane.open--;
      if (lane.open === 0) this.lanes.delete(key);
    }
  }
}
