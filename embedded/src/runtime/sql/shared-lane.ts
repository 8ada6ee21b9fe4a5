import type postgres from "postgres";
import { statement } from "./driver.js";

/** Statements sent together at most: more would wait for each other longer than a packet is worth. */
const MAX_TOGETHER = 16;

interface Line {
  sql: postgres.Sql;
  /** Statements sent and not yet answered. */
  outstanding: number;
}

/**
 * Connections for quick statements of many callers. Statements issued in one
 * turn of the event loop travel in one packet, over the connection with the
 * least to do; a connection that is held up by one of them gets no more.
 */
export class SharedLane {
  readonly #lines: Line[];
  #current: Line | undefined;
  #together = 0;

  constructor(count: number, open: () => postgres.Sql) {
    this.#lines = Array.from({ length: count }, () => ({ sql: open(), outstanding: 0 }));
  }

  /** Some connection, for what the pool itself needs to know. */
  get sql(): postgres.Sql {
    return (this.#lines[0] as Line).sql;
  }

  async run(
    text: string,
    params: unknown[],
    elements: ReadonlyMap<number, number>,
  ): Promise<postgres.RowList<postgres.Row[]>> {
    const line = this.#line();
    line.outstanding++;
    try {
      return await statement(line.sql, text, params, { prepare: true, elements });
    } finally {
      line.outstanding--;
    }
  }

  async end(timeoutSeconds: number): Promise<void> {
    await Promise.all(this.#lines.map(({ sql }) => sql.end({ timeout: timeoutSeconds })));
  }

  #line(): Line {
    if (this.#current === undefined) {
      this.#together = 0;
      setImmediate(() => (this.#current = undefined));
    }
    if (this.#current === undefined || ++this.#together === MAX_TOGETHER) {
      this.#together = 0;
      this.#current = this.#lines.reduce((best, line) => (line.outstanding < best.outstanding ? line : best));
    }
    return this.#current;
  }
}
