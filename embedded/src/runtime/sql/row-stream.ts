import type postgres from "postgres";

type Rows = postgres.RowList<postgres.Row[]>;

/** Rows fetched at once; a result that fits needs no second fetch. */
export const BATCH_ROWS = 500;

/**
 * A result read through a portal, batch by batch. The server waits while
 * nobody reads, so memory stays bounded. When the connection is needed for
 * another query, `flow()` lets the rest into memory.
 */
export class RowStream {
  readonly #batches: Rows[] = [];
  readonly #closeSignal: object;
  #waiting: { resolve: (rows: Rows | undefined) => void; reject: (error: unknown) => void } | undefined;
  #resume: ((signal?: unknown) => void) | undefined;
  #flowing = false;
  #closed = false;
  #end: { error?: unknown } | undefined;

  /** Settles, always well, when the server is done with the query. */
  readonly finished: Promise<void>;

  /** `closeSignal` is the driver's `sql.CLOSE`. */
  constructor(query: postgres.PendingQuery<postgres.Row[]>, closeSignal: object) {
    this.#closeSignal = closeSignal;
    const running = query.cursor(BATCH_ROWS, (rows) => {
      this.#deliver(rows as unknown as Rows);
      if (this.#closed) return closeSignal;
      if (rows.length < BATCH_ROWS || this.#flowing) return undefined;
      return new Promise((resolve) => {
        this.#resume = resolve;
        if (this.#batches.length === 0) this.#proceed();
      });
    });
    this.finished = running.then(
      () => this.#finish({}),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** The next rows; `undefined` at the end. */
  async next(): Promise<Rows | undefined> {
    const ready = this.#batches.shift();
    if (this.#batches.length === 0) this.#proceed();
    if (ready !== undefined) return ready;
    if (this.#end !== undefined) {
      if ("error" in this.#end) throw this.#end.error;
      return undefined;
    }
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  /** Reads the rest into memory, so that the connection can serve another query. */
  flow(): void {
    this.#flowing = true;
    this.#proceed();
  }

  /** Gives the rest up. */
  close(): void {
    this.#closed = true;
    this.#proceed(this.#closeSignal);
  }

  #proceed(signal?: unknown): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.(signal);
  }

  #deliver(rows: Rows): void {
    if (this.#closed || rows.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting.resolve(rows);
    else this.#batches.push(rows);
  }

  #finish(end: { error?: unknown }): void {
    this.#end = end;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if ("error" in end) waiting?.reject(end.error);
    else waiting?.resolve(undefined);
  }
}
