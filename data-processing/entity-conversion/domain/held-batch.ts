import { setTimeout as delay } from "node:timers/promises";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import type { RecordResult } from "./plan.js";

/** A batch that nobody asks for is given up after this time. */
const heldMs = 30_000;
/** How long a batch that is due may take longer than the one behind it. */
const patienceMs = 2_000;

/**
 * A batch that is written in a transaction of its own while the one before it still is, and committed when its turn
 * comes: batches take effect in their order.
 */
export class HeldBatch {
  /** What became of its records; undefined where it could not be written ahead. */
  readonly results: Promise<RecordResult[] | undefined>;
  private decide!: (commit: boolean) => void;
  private readonly transaction: Promise<void>;

  constructor(target: DataSource, write: (tx: SourceTransaction) => Promise<RecordResult[]>) {
    const decision = new Promise<boolean>((resolve) => {
      this.decide = resolve;
    });
    const { promise, resolve } = Promise.withResolvers<RecordResult[] | undefined>();
    this.results = promise;
    this.transaction = target.begin(async (tx) => {
      resolve(await write(tx));
      const late = setTimeout(() => this.decide(false), heldMs).unref();
      const commit = await decision;
      clearTimeout(late);
      if (!commit) throw new Error("The batch was given up.");
    });
    // Whatever it was is found again when the batch is written in its turn.
    this.transaction.catch(() => resolve(undefined));
  }

  /** Makes it take effect. Throws where it was given up, or it is not certain that it did. */
  async commit(): Promise<void> {
    this.decide(true);
    await this.transaction;
  }

  /** Gives it up; nothing of it stays. */
  drop(): void {
    this.decide(false);
  }
}

/**
 * Waits for the batch that is due. Where it takes long and the one behind it is done, it may be waiting for a lock of
 * that one, as for a value that both write to a unique column: the one behind is given up then, and `onDropped` told.
 */
export async function beforeHeld<T>(
  due: Promise<T>,
  behind: HeldBatch | undefined,
  onDropped: () => void,
): Promise<T> {
  if (!behind) return await due;
  const over = new AbortController();
  const giveUp = async () => {
    if ((await behind.results) === undefined) return;
    await delay(patienceMs, undefined, { signal: over.signal, ref: false });
    behind.drop();
    onDropped();
  };
  giveUp().catch(() => {});
  try {
    return await due;
  } finally {
    over.abort();
  }
}
