import { createHash } from "node:crypto";
import type { KeptStatement } from "./data-source.js";
import { quoteLiteral } from "./identifiers.js";
import { postgresError } from "./postgres-errors.js";

/** Plans that one connection keeps, at most. */
const mostKept = 50;
const prefix = "axion_kept_";

/**
 * One plan for whatever values come, which stays right while tables grow: it goes by indexes where there are any,
 * although a table may have been empty when it was made.
 */
export const planSettings =
  "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

/** The statement that runs what the connection keeps. */
export function executeKept({ text, values }: KeptStatement): string {
  const given = values.map((value) => (value === null ? "NULL" : quoteLiteral(value)));
  return `EXECUTE ${nameOf(text)}${given.length > 0 ? `(${given.join(", ")})` : ""}`;
}

/** As `executeKept`, on a connection that does not keep it yet. Plans that are too many are dropped, the oldest first. */
export function prepareKept(statement: KeptStatement): string {
  const { text, values } = statement;
  const types = values.length > 0 ? ` (${values.map(() => "text").join(", ")})` : "";
  return `DO $$ DECLARE old text; BEGIN
    FOR old IN SELECT name FROM pg_prepared_statements WHERE starts_with(name, '${prefix}')
      ORDER BY prepare_time DESC OFFSET ${mostKept - 1} LOOP EXECUTE format('DEALLOCATE %I', old); END LOOP;
  END $$; PREPARE ${nameOf(text)}${types} AS ${text}; ${executeKept(statement)}`;
}

/** Whether the connection does not have a plan that it was told to run, or has one that it was told to make. */
export function isUnknownPlan(error: unknown): boolean {
  return ["26000", "42P05"].includes(postgresError(error)?.code ?? "");
}

function nameOf(text: string): string {
  return prefix + createHash("md5").update(text).digest("hex");
}
