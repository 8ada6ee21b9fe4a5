/**
 * How far one partition is. Messages end in any order; what may be committed is the offset before which all of them
 * have ended, so that nothing unfinished is ever passed over.
 */
export class PartitionOffsets {
  /** Begun and not ended, ascending. */
  private readonly open = new Set<bigint>();
  private first: bigint | undefined;
  private last: bigint | undefined;

  /**
   * False for a message that is in hand or was handled already: the broker sent it again. One from before the first says
   * that the first was left over from before the partition moved away and came back: all is begun anew from there.
   */
  begin(offset: bigint): boolean {
    const { first, last } = this;
    if (first !== undefined && last !== undefined && offset >= first && offset <= last) return false;
    if (first === undefined || offset < first) {
      this.open.clear();
      this.first = offset;
    }
    this.last = offset;
    this.open.add(offset);
    return true;
  }

  end(offset: bigint): void {
    this.open.delete(offset);
  }

  /** The next offset to read after a restart; undefined before the first message. */
  get committable(): bigint | undefined {
    const [first] = this.open;
    return first ?? (this.last === undefined ? undefined : this.last + 1n);
  }
}
