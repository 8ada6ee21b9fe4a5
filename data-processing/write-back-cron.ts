import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import { db } from "./db.js";
import { finishWriteBacks as finish } from "./entity-conversion/domain/finish-write-backs.js";
import { ruleWorld } from "./entity-conversion/world.js";

/** Finishes what interrupted conversions have left to be written back to sources in another database. */
export const finishWriteBacks = api(
  { method: "POST", path: "/conversion/finish-write-backs", expose: false },
  async (): Promise<void> => {
    await finish(db, (actor) => ruleWorld(actor));
  },
);

const _finishWriteBacks = new CronJob("finish-write-backs", {
  title: "Finish interrupted write-backs",
  every: "1m",
  endpoint: finishWriteBacks,
});
