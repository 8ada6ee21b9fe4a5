import type { DataSource } from "../../sources/data-source.js";
import type { ExecutorReason, ExplainedExpression } from "../types.js";
import { Parameters } from "./column-sql.js";
import { type Expr, NotTranslatableError } from "./expressions/expression.js";
import { toSql } from "./expressions/to-sql.js";
import type { ConversionPlan } from "./plan.js";

/** Which executor runs a plan, and what that follows from. */
export interface ExecutorChoice {
  /** Why the plan cannot run inside the database; empty where it can. */
  reasons: ExecutorReason[];
  expressions: ExplainedExpression[];
  /** The target's database has the collation that changes the case of any letter. */
  unicodeCase: boolean;
}

/**
 * Finds out whether a plan can run inside the database: where source, target and lookups are in one, and every
 * expression has an equivalent in SQL there.
 */
export async function chooseExecutor(
  plan: ConversionPlan,
  open: (dataSource: string) => Promise<DataSource>,
): Promise<ExecutorChoice> {
  const target = await open(plan.definition.target.dataSource);
  const unicodeCase = await hasUnicodeCase(target);
  const expressions = planExpressions(plan).map(({ path, expr }): ExplainedExpression => {
    const problem = translationProblem(expr, unicodeCase);
    return { path, type: expr.type, translatable: problem === undefined, problem };
  });
  const reasons = expressions.flatMap(({ path, problem }): ExecutorReason[] =>
    problem === undefined ? [] : [{ code: "not_translatable", path, message: `${problem}.` }],
  );
  return { reasons: [...(await otherDatabases(plan, target, open)), ...reasons], expressions, unicodeCase };
}

/** Data sources that are in another database than the target. */
async function otherDatabases(
  plan: ConversionPlan,
  target: DataSource,
  open: (dataSource: string) => Promise<DataSource>,
): Promise<ExecutorReason[]> {
  const places = [
    { path: "source.dataSource", name: plan.definition.source.dataSource },
    ...plan.targets.flatMap(({ value, path }) =>
      value.kind === "lookup" ? [{ path: `${path}.dataSource`, name: value.lookup.dataSource }] : [],
    ),
  ];
  const reasons: ExecutorReason[] = [];
  for (const { path, name } of places) {
    if ((await open(name)).database === target.database) continue;
    const message = `"${name}" and the target's "${target.name}" are not one database.`;
    reasons.push({ code: "two_databases", path, message });
  }
  return reasons;
}

/** The expressions of a plan, with their paths in the rule. */
function planExpressions(plan: ConversionPlan): { path: string; expr: Expr }[] {
  const found: { path: string; expr: Expr }[] = [];
  if (plan.filter) found.push({ path: "filter", expr: plan.filter });
  if (plan.when) found.push({ path: "when", expr: plan.when });
  for (const { when, path } of plan.parts) if (when) found.push({ path: `${path}when`, expr: when });
  for (const { value, path } of plan.targets) {
    if (value.kind === "expression") found.push({ path, expr: value.expr });
    if (value.kind === "lookup") found.push({ path: `${path}.equals`, expr: value.lookup.equals });
  }
  return found;
}

/** Why an expression has no equivalent in SQL; undefined where it has one. */
function translationProblem(expr: Expr, unicodeCase: boolean): string | undefined {
  const params = new Parameters(unicodeCase);
  try {
    toSql(expr, { unicodeCase, text: (text) => params.text(text), field: (index) => `b.f${index}` });
    return undefined;
  } catch (error) {
    if (error instanceof NotTranslatableError) return error.message;
    throw error;
  }
}

async function hasUnicodeCase(source: DataSource): Promise<boolean> {
  const [row] = await source.begin(
    (tx) =>
      tx<
        { found: boolean }[]
      >`SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'pg_unicode_fast') AS found`,
    { readOnly: true },
  );
  return row?.found ?? false;
}
