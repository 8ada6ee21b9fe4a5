import { hostname } from "node:os";
import log from "encore.dev/log";
import { db } from "./db.js";
import { localSettings } from "./deployment-settings.js";
import { endOrphans } from "./domain/local/clean-up.js";
import { runDeployment } from "./domain/local/deploy.js";
import { watchDeployment } from "./domain/local/watch.js";
import { expireResult } from "./domain/results/expire-result.js";
import { runGeneration } from "./domain/results/run-generation.js";
import { Worker } from "./domain/work/worker.js";

const orphansEveryMs = 30_000;

/** How the driver `local` works on this machine. */
export const settings = localSettings();

/** Name of this machine. */
export const host = hostname();

const deployer = { db, settings, host };

/** What generates and deploys in this process. */
export const worker = new Worker({
  db,
  host,
  handlers: {
    generation: { slots: 1, run: (claim, signal) => runGeneration(db, claim, signal) },
    deployment: { slots: 2, run: (claim, signal) => runDeployment(deployer, claim, signal) },
    running: { slots: 200, run: (claim, signal) => watchDeployment(deployer, claim, signal) },
    expiry: { slots: 1, run: (claim) => expireResult(db, claim) },
  },
});

/** Processes that were started just before this one's predecessor was killed, and belong to nothing any more. */
async function lookForOrphans(): Promise<void> {
  try {
    const ended = await endOrphans(db, settings);
    if (ended > 0) log.warn("processes of ended deployments were stopped", { deployments: ended });
  } catch (error) {
    log.warn(error, "could not look for processes of ended deployments");
  }
}

void lookForOrphans();
setInterval(() => void lookForOrphans(), orphansEveryMs).unref();

// Whoever ends the process ends its databases too: the worker leaves its work first, for another one to go on.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void worker.stop());
