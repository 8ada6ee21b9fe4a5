import { runningPostmaster } from "./postmaster.js";

const INTERVAL_MS = 1000;

/**
 * Looks after a server that others may kill: `revive` is called when it no
 * longer runs. When that fails the watch ends, with a word to `failed`. Returns
 * how to end it otherwise, which waits for a revival under way.
 */
export function watchPostmaster(options: {
  dataDir: string;
  revive: () => Promise<void>;
  failed: (error: Error) => void;
}): () => Promise<void> {
  let reviving: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (reviving !== undefined || runningPostmaster(options.dataDir) !== undefined) return;
    reviving = options
      .revive()
      .catch((error: Error) => {
        clearInterval(timer);
        options.failed(error);
      })
      .finally(() => (reviving = undefined));
  }, INTERVAL_MS).unref();
  return async () => {
    clearInterval(timer);
    await reviving;
  };
}
