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

/**
 * As `executeKept`, on a connection that may not keep it yet: the message may come to another one than the message
 * before. Plans that are too many are dropped, the oldest first.
 */
export function prepareKept(statement: KeptStatement): string {
  const { text, values } = statement;
  const name = nameOf(text);
  const types = values.length > 0 ? ` (${values.map(() => "text").join(", ")})` : "";
  const body = `DECLARE old text; BEGIN
    IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = '${name}') THEN RETURN; END IF;
    FOR old IN SELECT name FROM pg_prepared_statements WHERE starts_with(name, '${prefix}')
      ORDER BY prepare_time DESC OFFSET ${mostKept - 1} LOOP EXECUTE format('DEALLOCATE %I', old); END LOOP;
    EXECUTE ${quoteLiteral(`PREPARE ${name}${types} AS ${text}`)};
  END`;
  return `DO ${quoteLiteral(body)}; ${executeKept(statement)}`;
}

/** Whether the connection does not have the plan that it was told to run. */
export function isUnknownPlan(error: unknown): boolean {
  return postgresError(error)?.code === "26000";
}

function nameOf(text: string): string {
  return prefix + createHash("md5").update(text).digest("hex");
}
