import { runningPostmaster } from "./postmaster.js";

const INTERVAL_MS = 1000;
/** Between two tries to start a server again that did not start. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Looks after a server that others may kill: `revive` is called when it no
 * longer runs. When that fails, `failed` hears of it, and it is tried again
 * after ever longer pauses. Returns how to end the watch, which waits for a
 * revival under way.
 */
export function watchPostmaster(options: {
  dataDir: string;
  revive: () => Promise<void>;
  failed: (error: Error) => void;
}): () => Promise<void> {
  let reviving: Promise<void> | undefined;
  let failures = 0;
  let notBefore = 0;
  const revive = async (): Promise<void> => {
    try {
      await options.revive();
      failures = 0;
    } catch (error) {
      notBefore = performance.now() + Math.min(INTERVAL_MS * 2 ** failures++, LONGEST_PAUSE_MS);
      options.failed(error as Error);
    }
  };
  const timer = setInterval(() => {
    const wanted = reviving === undefined && performance.now() >= notBefore;
    if (!wanted || runningPostmaster(options.dataDir) !== undefined) return;
    reviving = revive().finally(() => (reviving = undefined));
  }, INTERVAL_MS).unref();
  return async () => {
    clearInterval(timer);
    await reviving;
  };
}
