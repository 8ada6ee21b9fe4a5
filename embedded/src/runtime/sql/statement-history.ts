/** Distinct statements remembered for each database; each may be a prepared statement on each connection. */
const CAPACITY = 1000;
/** A statement that takes longer should not hold up those behind it on a shared connection. */
const SLOW_MS = 250;

/**
 * How a statement is run: `shared` statements are known to be quick and small
 * and travel, prepared, over connections that serve many at once; `apart` has a
 * connection for itself and reads its result in batches.
 */
export type Lane = "shared" | "apart";

/** What was learned of the statements of a database, for those used most recently. */
export class StatementHistory {
  readonly #lanes = new Map<string, Lane>();

  /** Undefined: not seen lately. */
  laneOf(text: string): Lane | undefined {
    return this.#lanes.get(text);
  }

  /** Records a run. A statement that was once large or slow stays apart. */
  record(text: string, run: { large: boolean; ms: number }): void {
    const known = this.#lanes.get(text);
    const lane = known === "apart" || run.large || run.ms > SLOW_MS ? "apart" : "shared";
    if (known === lane) return;
    this.#lanes.set(text, lane);
    if (this.#lanes.size > CAPACITY) this.#lanes.delete(this.#lanes.keys().next().value as string);
  }
}
