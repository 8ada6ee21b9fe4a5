/** Distinct statements remembered for each database; each may be a prepared statement on each connection. */
const CAPACITY = 1000;
/** A statement that takes longer by itself should not hold up those behind it on a shared connection. */
const SLOW_MS = 50;

/**
 * How a statement is run: `shared` statements are known to be quick and small
 * and travel, prepared, over connections that serve many at once; one `apart`
 * has a connection for itself and reads its result in batches.
 */
export type Lane = "shared" | "apart";

type Kind = "quick" | "slow" | "large";

/** What was learned of the statements of a database, for those used most recently. */
export class StatementHistory {
  readonly #kinds = new Map<string, Kind>();

  /** Undefined: not seen lately. */
  laneOf(text: string): Lane | undefined {
    const kind = this.#kinds.get(text);
    return kind === undefined ? undefined : kind === "quick" ? "shared" : "apart";
  }

  /**
   * Records a run. A result that was large once may be so again; slowness is
   * judged anew each time, and only of statements that ran apart, where they
   * wait for nobody else.
   */
  record(text: string, run: { large: boolean; ms: number }): void {
    const known = this.#kinds.get(text);
    const kind =
      run.large || known === "large" ? "large" : known !== "quick" && run.ms > SLOW_MS ? "slow" : "quick";
    if (known === kind) return;
    this.#kinds.set(text, kind);
    if (this.#kinds.size > CAPACITY) this.#kinds.delete(this.#kinds.keys().next().value as string);
  }
}
