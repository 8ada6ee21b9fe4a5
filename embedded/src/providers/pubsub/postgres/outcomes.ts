/** What became of messages in hand, collected until the next step records it in one statement. */
export class Outcomes {
  readonly done: string[] = [];
  readonly retried: { id: string; inMs: number }[] = [];
  readonly buried: { id: string; error: string }[] = [];
  /** Taken, but not started. */
  readonly returned: string[] = [];
  /** Ordering keys that lost their first message. */
  readonly keys = new Set<string>();

  get empty(): boolean {
    return this.done.length + this.retried.length + this.buried.length + this.returned.length === 0;
  }

  /** Puts back what could not be recorded. */
  add(other: Outcomes): void {
    this.done.push(...other.done);
    this.retried.push(...other.retried);
    this.buried.push(...other.buried);
    this.returned.push(...other.returned);
    for (const key of other.keys) this.keys.add(key);
  }
}
