import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { countRulesAndJobs } from "./domain/count-rules-and-jobs.js";

export interface ConversionFigures {
  /** Rules by state; a state without rules is absent. */
  rules: Record<string, number>;
  /** Jobs by state; a state without jobs is absent. */
  jobs: Record<string, number>;
}

/** How many rules and jobs the tenant has, by state. */
export const getConversionFigures = api(
  { method: "GET", path: "/figures/conversion", expose: false, auth: true },
  async (): Promise<ConversionFigures> => await countRulesAndJobs(db, requireIdentity().tenantId),
);
