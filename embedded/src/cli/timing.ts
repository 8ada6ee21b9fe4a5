/** Measures the phases of a start; printed with `--timing` or AXION_TIMING=1. */
export class Timing {
  private readonly phases: { name: string; startMs: number; endMs: number }[] = [];

  /** Runs `work` and notes when it started and ended, counted from the start of the process. */
  async measure<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const end = this.begin(name);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** Starts a phase; the returned function ends it. */
  begin(name: string): () => void {
    const startMs = performance.now();
    return () => {
      this.phases.push({ name, startMs, endMs: performance.now() });
    };
  }

  /** Milliseconds since the process started. */
  elapsedMs(): number {
    return performance.now();
  }

  /** One line a phase, in the order of their start. */
  report(): string {
    const lines = [...this.phases]
      .sort((a, b) => a.startMs - b.startMs)
      .map(({ name, startMs, endMs }) => {
        const at = `${Math.round(startMs)}–${Math.round(endMs)} ms`.padEnd(16);
        return `  ${at} ${name} (${Math.round(endMs - startMs)} ms)`;
      });
    return ["timing, from the start of the process:", ...lines].join("\n");
  }
}
