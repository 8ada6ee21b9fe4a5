import type TS from "typescript";
import type { App } from "../app.js";
import { visitIdentifiers } from "../resources/references.js";
import type { SourceModule } from "../source/source-module.js";
import { ts } from "../typescript.js";
import { classifyUse, type Use } from "../usage/classify.js";

const TEMPLATE_METHODS = new Set(["query", "queryRow", "queryAll", "exec"]);
const RAW_METHODS = new Set(["rawQuery", "rawQueryRow", "rawQueryAll", "rawExec"]);

/** A statement written in the sources. */
interface Statement {
  module: SourceModule;
  node: TS.Node;
  sql: string;
  /** Statements on a transaction or connection are only warned of: the official parser does not see them. */
  severity: "error" | "warn";
}

/** Parses the SQL of tagged templates and literal raw queries. Names of tables and columns are not checked. */
export async function checkQueries(app: App): Promise<void> {
  const statements = statementsOf(app);
  if (statements.length === 0) return;
  const { loadModule, parseSync, SqlError } = await import("libpg-query");
  await loadModule();
  for (const { module, node, sql, severity } of statements) {
    try {
      const tree: unknown = parseSync(sql);
      if (selectsValueAlone(tree)) warnOfValue(app, module, node);
    } catch (error) {
      if (!(error instanceof SqlError)) continue;
      app.diagnostics[severity](
        { module, node },
        {
          code: "sql-syntax",
          message: `The SQL is not valid: ${error.message}.`,
          fix: "Values stand where SQL takes a value; names of tables and columns cannot be put in as values: use `rawQuery` for them.",
        },
      );
    }
  }
}

function statementsOf(app: App): Statement[] {
  return app.usages.flatMap((usage) => {
    if (usage.kind !== "database") return [];
    const { module, use } = usage;
    if (use.kind === "method" && (use.name.text === "begin" || use.name.text === "acquire")) {
      return statementsOnHandle(module, use.call);
    }
    const statement = statementOf(use);
    return statement ? [{ module, ...statement, severity: "error" }] : [];
  });
}

/** The statement of `db.query\`…\`` or `db.rawQuery("…")`. */
function statementOf(use: Use): { node: TS.Node; sql: string } | undefined {
  if (use.kind === "template" && TEMPLATE_METHODS.has(use.name.text)) {
    return { node: use.template.template, sql: templateText(use.template.template) };
  }
  if (use.kind !== "method" || !RAW_METHODS.has(use.name.text)) return undefined;
  const first = use.call.arguments[0];
  return first && ts.isStringLiteral(first) ? { node: first, sql: first.text } : undefined;
}

/** The text of a template, its values as numbered parameters. */
function templateText(template: TS.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.rawText ?? template.text;
  const spans = template.templateSpans.map((s, i) => `$${i + 1}${s.literal.rawText ?? s.literal.text}`);
  return (template.head.rawText ?? template.head.text) + spans.join("");
}

/** The statements on `const tx = await db.begin()`, in the block that declares it. */
function statementsOnHandle(module: SourceModule, call: TS.CallExpression): Statement[] {
  const declaration = ts.isAwaitExpression(call.parent) ? call.parent.parent : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return [];
  const name = declaration.name.text;
  const block = declaration.parent.parent.parent;
  const statements: Statement[] = [];
  visitIdentifiers(block, (node) => {
    const use = node.text === name ? classifyUse(node) : undefined;
    const statement = use && statementOf(use);
    if (statement) statements.push({ module, ...statement, severity: "warn" });
  });
  return statements;
}

/** Whether a query of a table selects a value by itself: the value comes back, not a column of that name. */
function selectsValueAlone(tree: unknown): boolean {
  const statements = list(field(tree, "stmts")).map((s) => field(field(s, "stmt"), "SelectStmt"));
  return statements.some(
    (select) =>
      list(field(select, "fromClause")).length > 0 &&
      list(field(select, "targetList")).some(
        (t) => field(field(field(t, "ResTarget"), "val"), "ParamRef") !== undefined,
      ),
  );
}

function warnOfValue(app: App, module: SourceModule, node: TS.Node): void {
  app.diagnostics.warn(
    { module, node },
    {
      code: "sql-value-selected",
      message:
        "A value stands alone in the select list: the query returns the value itself, not the column it names.",
      fix: "Write the column's name, or use `rawQuery` to choose it.",
    },
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
