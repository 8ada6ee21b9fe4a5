import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import { db } from "./db.js";
import { finishExecutions as finish } from "./entity-conversion/domain/finish-executions.js";
import { ruleWorld } from "./entity-conversion/world.js";

/** Tells of single executions whose process ended after their write. */
export const finishExecutions = api(
  { method: "POST", path: "/conversion/finish-executions", expose: false },
  async (): Promise<void> => {
    await finish(db, (actor) => ruleWorld(actor));
  },
);

const _finishExecutions = new CronJob("finish-executions", {
  title: "Tell of interrupted executions",
  every: "1m",
  endpoint: finishExecutions,
});
