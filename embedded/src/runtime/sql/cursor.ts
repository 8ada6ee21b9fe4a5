import { checkDecoded } from "./undecodable.js";

type Values = Record<string, unknown>;

/** One row of a result. */
export class Row {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  values(): Values {
    checkDecoded(this.#values);
    return this.#values;
  }
}

/** Where a large result comes from, batch by batch. */
export interface BatchSource {
  next(): Promise<readonly Values[] | undefined>;
  close(): void;
}

/** Sources whose cursor was dropped before the end give their connection back. */
const dropped = new FinalizationRegistry<BatchSource>((source) => source.close());

/** The rows of a result, one at a time; a large one is fetched in batches as it is read. */
export class Cursor {
  #rows: readonly Values[];
  #index = 0;
  #source: BatchSource | undefined;

  constructor(rows: readonly Values[], source?: BatchSource) {
    this.#rows = rows;
    this.#source = source;
    if (source !== undefined) dropped.register(this, source);
  }

  async next(): Promise<Row | null> {
    while (this.#index >= this.#rows.length) {
      const batch = await this.#source?.next();
      if (batch === undefined) {
        this.#source = undefined;
        return null;
      }
      this.#rows = batch;
      this.#index = 0;
    }
    return new Row(this.#rows[this.#index++] as Values);
  }
}
