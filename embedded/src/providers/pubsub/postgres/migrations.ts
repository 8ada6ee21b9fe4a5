import { FIRST_MIGRATIONS } from "./schema.js";
import { steadyPlans } from "./steady-plans.js";
import { tenantTurns } from "./tenant-turns.js";

/** Applied in order, once; each leaves the number of its place in `schema_version`. Append, never edit. */
export const MIGRATIONS: readonly string[] = [...FIRST_MIGRATIONS, tenantTurns, steadyPlans];
