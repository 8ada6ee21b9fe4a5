import { dirname, join, posix } from "node:path";
import type TS from "typescript";
import type { Database } from "../app-model.js";
import { ts } from "../typescript.js";
import { addBind, docOf, readNamed } from "./bind.js";
import { attempt, localPath, objectOf, placed, type Reader, text, Unreadable } from "./literals.js";
import { checkMigrations, MIGRATION_SOURCES, type MigrationSource } from "./migrations.js";
import { readMade } from "./named-class.js";
import { usesOf } from "./references.js";
import type { Pass } from "./resource.js";

const folder = placed(localPath);
const folderWithSource = objectOf({ path: folder, source: text }, ["path"]);

type MigrationsOption = { value: string; node: TS.Expression; source?: string };

const migrations: Reader<MigrationsOption> = (node) => {
  if (!ts.isObjectLiteralExpression(node)) return folder(node);
  const { path, source } = folderWithSource(node);
  return { ...path!, ...(source !== undefined && { source }) };
};

const config = objectOf({ migrations });

/** Reads `new SQLDatabase("name", …)` and `SQLDatabase.named("name")`. */
export function readDatabases(pass: Pass): void {
  const { module } = pass;
  const specifier = "encore.dev/storage/sqldb";
  readMade(
    pass,
    specifier,
    { classes: ["SQLDatabase"], config },
    ({ node, binding, name, config: options }) => {
      const found = options?.migrations && readMigrations(pass, node, options.migrations);
      addBind(pass, node, binding, {
        kind: "database",
        name,
        module,
        node,
        ...docOf(pass, node),
        ...(found && { migrations: found }),
      });
    },
  );
  for (const use of usesOf(module, specifier, ["SQLDatabase"])) {
    attempt(pass.diagnostics, module, () => readNamed(pass, use, "database"));
  }
}

function readMigrations(
  pass: Pass,
  made: TS.Node,
  option: MigrationsOption,
): NonNullable<Database["migrations"]> {
  const source = option.source === undefined ? "numbered" : MIGRATION_SOURCES[option.source];
  if (!source) {
    throw new Unreadable(made, {
      code: "migration-source",
      message: `There is no migration source \`${option.source}\`.`,
      fix: `Use one of ${Object.keys(MIGRATION_SOURCES).join(", ")}, or leave it out for numbered files.`,
    });
  }
  const problem = checkMigrations(join(dirname(pass.module.path), option.value), source);
  if (problem) throw new Unreadable(option.node, problem);
  return {
    dir: posix.join(posix.dirname(pass.module.file), option.value),
    source: source satisfies MigrationSource,
  };
}
