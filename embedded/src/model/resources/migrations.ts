import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../app-model.js";
import type { Finding } from "../diagnostics.js";
import { isFile, isFolder } from "../source/walk.js";

export type MigrationSource = NonNullable<Database["migrations"]>["source"];

/** `source` of `migrations`, as written. */
export const MIGRATION_SOURCES: Record<string, MigrationSource> = {
  drizzle: "drizzle",
  "drizzle/v1": "drizzle/v1",
  prisma: "prisma",
};

const FILE_NAMES: Partial<Record<MigrationSource, { pattern: RegExp; example: string }>> = {
  numbered: { pattern: /^\d{1,19}_[^.]+\.(up|down).sql$/, example: "1_create_table.up.sql" },
  drizzle: { pattern: /^\d{1,19}_[^.]+\.sql$/, example: "0000_create_table.sql" },
};

const FOLDER_NAMES: Partial<Record<MigrationSource, RegExp>> = {
  "drizzle/v1": /^\d{1,19}_.+$/,
  prisma: /^\d{1,19}_.*$/,
};

/** What is wrong with a folder of migrations; undefined when it can be run. */
export function checkMigrations(dir: string, source: MigrationSource): Finding | undefined {
  if (!existsSync(dir))
    return finding("The folder of migrations does not exist.", "Create it, or correct the path.");
  if (!isFolder(dir))
    return finding("The path of the migrations is not a folder.", "Name the folder, not a file in it.");
  const files = FILE_NAMES[source];
  return files
    ? checkFiles(dir, files.pattern, files.example)
    : checkFolders(dir, FOLDER_NAMES[source]!, source);
}

function checkFiles(dir: string, pattern: RegExp, example: string): Finding | undefined {
  const wrong = readdirSync(dir).find((name) => /.\.sql$/.test(name) && !pattern.test(name));
  return wrong === undefined
    ? undefined
    : finding(`\`${wrong}\` is not a valid name of a migration.`, `Name migrations like \`${example}\`.`);
}

function checkFolders(dir: string, pattern: RegExp, source: MigrationSource): Finding | undefined {
  for (const name of readdirSync(dir)) {
    if (source === "drizzle/v1" && name === "meta") continue;
    if (isFile(join(dir, name, "migration.sql")) && !pattern.test(name)) {
      return finding(
        `\`${name}\` is not a valid name of a migration.`,
        "Name the folders like `0000_create_table`.",
      );
    }
  }
  if (isFile(join(dir, "migration.sql"))) {
    return finding(
      "A migration must lie in a numbered folder of its own.",
      "Name the folders like `0000_create_table`.",
    );
  }
  return undefined;
}

function finding(message: string, fix: string): Finding {
  return { code: "migrations-invalid", message, fix };
}
