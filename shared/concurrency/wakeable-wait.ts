/** The wait of a loop that works when it is told to, and now and then without. */
export class WakeableWait {
  private woken = false;
  private closed = false;
  private end: (() => void) | undefined;

  /** Ends the wait, or the next one where none is under way. */
  wake(): void {
    this.woken = true;
    this.end?.();
  }

  /** Forgets earlier wakes. Called before looking for work, so that whoever wakes later is heard. */
  listen(): void {
    this.woken = false;
  }

  /** Ends the wait; none is waited any more. */
  close(): void {
    this.closed = true;
    this.end?.();
  }

  /** Waits until woken, or for `ms`; says whether it was woken since `listen`. */
  async wait(ms: number): Promise<boolean> {
    if (!this.woken && !this.closed && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.end = undefined;
    }
    return this.woken;
  }
}
