import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../../model/app-model.js";
import { SetupError } from "../setup-error.js";

export type MigrationSource = NonNullable<Database["migrations"]>["source"];

export interface MigrationFile {
  number: bigint;
  /** Relative to the migrations folder, with `/`. */
  file: string;
}

/** `sequential: false` where several branches may each have added a migration: every one not yet applied runs. */
const FORMS: Record<
  MigrationSource,
  { folders: boolean; name: RegExp; sequential: boolean; example: string }
> = {
  numbered: {
    folders: false,
    name: /^(\d+)_[^.]+\.(up|down)\.sql$/,
    sequential: true,
    example: "1_create_users.up.sql",
  },
  drizzle: { folders: false, name: /^(\d+)_[^.]+\.sql$/, sequential: true, example: "0000_create_users.sql" },
  "drizzle/v1": {
    folders: true,
    name: /^(\d+)_.+$/,
    sequential: false,
    example: "20250131093000_create_users/migration.sql",
  },
  prisma: {
    folders: true,
    name: /^(\d+)_.*$/,
    sequential: false,
    example: "20250131093000_create_users/migration.sql",
  },
};

/** Whether only migrations after the recorded version run. */
export function isSequential(source: MigrationSource): boolean {
  return FORMS[source].sequential;
}

/** The migrations in a folder, in the order in which they run. Files other than migrations are left alone; a wrongly named `.sql` is an error. */
export function migrationFiles(dir: string, source: MigrationSource): MigrationFile[] {
  const form = FORMS[source];
  const found: MigrationFile[] = [];
  for (const entry of readEntries(dir)) {
    const file = form.folders ? `${entry.name}/migration.sql` : entry.name;
    if (
      form.folders
        ? !entry.isDirectory() ||
          entry.name === "meta" ||
          !readdirSync(join(dir, entry.name)).includes("migration.sql")
        : !entry.name.endsWith(".sql")
    )
      continue;
    const match = form.name.exec(entry.name);
    if (match?.[1] === undefined) {
      throw new SetupError(`${join(dir, entry.name)} is not a migration's name`, {
        fix: `name it like ${form.example}`,
      });
    }
    if (match[2] !== "down") found.push({ number: BigInt(match[1]), file });
  }
  found.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  for (const [i, { number, file }] of found.entries()) {
    if (found[i + 1]?.number === number) {
      throw new SetupError(
        `two migrations in ${dir} have the number ${number}: ${file} and ${found[i + 1]?.file}`,
        { fix: "renumber one of them" },
      );
    }
  }
  return found;
}

function readEntries(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (cause) {
    throw new SetupError(`cannot read the migrations folder ${dir}: ${(cause as Error).message}`, { cause });
  }
}
