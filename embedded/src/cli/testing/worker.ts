import { isMainThread } from "node:worker_threads";

/** What vitest 4 runs in its processes, and what the pool of older versions does. */
const WORKER_PROCESS = /[\\/](?:vitest[\\/]dist[\\/]workers|tinypool[\\/]dist[\\/]entry)[\\/]\w+\.js$/;

/**
 * Preloaded by `axion test` into vitest and everything that it starts; acts in
 * the processes and threads that run test files.
 */
if (process.env.AXION_TEST_PLAN && isTestWorker()) {
  const { setUpTestWorker } = await import("./worker-setup.js");
  await setUpTestWorker(process.env.AXION_TEST_PLAN);
  // What tests start is on its own.
  delete process.env.AXION_TEST_PLAN;
  delete process.env.NODE_OPTIONS;
}

function isTestWorker(): boolean {
  if (!isMainThread) return process.env.VITEST === "true";
  return WORKER_PROCESS.test(process.argv[1] ?? "");
}
