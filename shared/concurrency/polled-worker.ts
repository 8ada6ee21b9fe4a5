import { WakeableWait } from "./wakeable-wait.js";

export interface PolledWorkerOptions {
  /** Does what is due. Returns whether there may be more of it at once. */
  work: () => Promise<boolean>;
  /** How often it looks without having been told of anything; 2 s by default. */
  pollMs?: number;
  /** Working failed; it is tried again with growing waits. */
  onError: (error: unknown, failures: number) => void;
}

const longestWaitMs = 30_000;

/** Works off a queue in the background: when it is woken, and now and then. */
export class PolledWorker {
  private stopped = false;
  private readonly pause = new WakeableWait();
  private readonly running: Promise<void>;

  constructor(private readonly options: PolledWorkerOptions) {
    this.running = this.run();
  }

  /** Looks for work now. */
  wake(): void {
    this.pause.wake();
  }

  /** Finishes the work in hand, and takes no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.pause.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { work, pollMs = 2_000, onError } = this.options;
    let failures = 0;
    while (!this.stopped) {
      this.pause.listen();
      let waitMs = pollMs;
      try {
        if (await work()) waitMs = 0;
        failures = 0;
      } catch (error) {
        failures++;
        onError(error, failures);
        waitMs = Math.min(pollMs * 2 ** Math.min(failures, 20), longestWaitMs);
      }
      await this.pause.wait(waitMs);
    }
  }
}
