import type { GeneratedFile } from "../generated-file.js";
import { migrateTables } from "../migrations/migrate-tables.js";
import type { ServiceModel } from "../model/schema.js";

/** One step of a service's database, as Drizzle's journal lists it. */
export interface JournalEntry {
  idx: number;
  version: "7";
  /** Milliseconds since 1970; grows with each entry. */
  when: number;
  tag: string;
  breakpoints: true;
}

/** The journal that Drizzle's migrator reads. */
interface Journal {
  version: "7";
  dialect: "postgresql";
  entries: JournalEntry[];
}

/** A fixed beginning, so that the same model gives the same bytes. */
const FIRST = Date.UTC(2026, 0, 1);

/** The migrations that a service has already. */
export interface MigrationHistory {
  service: ServiceModel;
  /** Text of a file of the service as it is, e.g. of `migrations/meta/_journal.json`. */
  read(path: string): string | undefined;
}

/** The migrations of a service: those it has, as they are, and one more where the new model changes its tables. */
export function migrationFiles(after: ServiceModel, history?: MigrationHistory): GeneratedFile[] {
  const statements = migrateTables(history?.service, after);
  const journalText = history?.read("migrations/meta/_journal.json");
  const entries = journalText === undefined ? [] : (JSON.parse(journalText) as Journal).entries;
  if (statements.length === 0 && entries.length === 0) return [];
  const folder = `services/${after.name}/migrations`;
  const files = entries.flatMap(({ tag }) => {
    const text = history?.read(`migrations/${tag}.sql`);
    return text === undefined ? [] : [{ path: `${folder}/${tag}.sql`, text }];
  });
  if (statements.length > 0) {
    const idx = entries.length;
    const tag = `${String(idx).padStart(4, "0")}_${entries.length === 0 ? "create_tables" : "change_tables"}`;
    const when = Math.max(FIRST, ...entries.map((entry) => entry.when)) + 1000;
    entries.push({ idx, version: "7", when, tag, breakpoints: true });
    files.push({
      path: `${folder}/${tag}.sql`,
      text: `${statements.join(";\n--> statement-breakpoint\n")};\n`,
    });
  }
  const journal: Journal = { version: "7", dialect: "postgresql", entries };
  return [...files, { path: `${folder}/meta/_journal.json`, text: `${JSON.stringify(journal, null, 2)}\n` }];
}
