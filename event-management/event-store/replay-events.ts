import log from "encore.dev/log";
import { PolledWorker } from "../../shared/concurrency/polled-worker.js";
import { db } from "../db.js";
import { replayStep } from "./domain/replay-step.js";

const failuresWorthTelling = 3;

const worker = new PolledWorker({
  work: () => replayStep(db),
  pollMs: 1_000,
  onError: (error, failures) => {
    if (failures >= failuresWorthTelling) log.warn(error, "event replays wait", { failures });
  },
});

/** Has replays looked for now. */
export function wakeReplays(): void {
  worker.wake();
}
