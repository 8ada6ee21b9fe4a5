import { hostname } from "node:os";
import { db } from "./db.js";
import { expireResult } from "./domain/results/expire-result.js";
import { runGeneration } from "./domain/results/run-generation.js";
import { Worker } from "./domain/work/worker.js";

/** What generates and deploys in this process. */
export const worker = new Worker({
  db,
  host: hostname(),
  handlers: {
    generation: { slots: 1, run: (claim, signal) => runGeneration(db, claim, signal) },
    expiry: { slots: 1, run: (claim) => expireResult(db, claim) },
  },
});

// Whoever ends the process ends its databases too: the worker leaves its work first, for another one to go on.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void worker.stop());
