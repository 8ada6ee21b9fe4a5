import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import { db } from "../db.js";
import { ruleWorld } from "../entity-conversion/world.js";
import { checkDueTenants } from "./domain/check-tenants.js";

const longestMs = 120_000;

/** Compares rules with the live schemas of their entities: those of the tenants whose turn it is. */
export const checkRuleDrift = api(
  { method: "POST", path: "/conversion/check-drift", expose: false },
  async (): Promise<void> => {
    const worldOf = (tenantId: string) => ruleWorld({ tenantId, userID: "system" }, { fresh: true });
    await checkDueTenants(db, worldOf, Date.now() + longestMs);
  },
);

const _checkRuleDrift = new CronJob("check-rule-drift", {
  title: "Compare rules with live schemas",
  every: "5m",
  endpoint: checkRuleDrift,
});
