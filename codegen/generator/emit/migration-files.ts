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

/**
 * The migrations of a service: those it has, and one more where the new model changes its tables. `journal` is the text
 * of the journal as it is; undefined for a new service.
 */
export function migrationFiles(
  before: ServiceModel | undefined,
  after: ServiceModel,
  journal?: string,
): GeneratedFile[] {
  const statements = migrateTables(before, after);
  if (statements.length === 0) return [];
  const folder = `services/${after.name}/migrations`;
  const entries = journal === undefined ? [] : (JSON.parse(journal) as Journal).entries;
  const idx = entries.length;
  const tag = `${String(idx).padStart(4, "0")}_${before === undefined ? "create_tables" : "change_tables"}`;
  const when = Math.max(FIRST, ...entries.map((entry) => entry.when)) + 1000;
  const next: Journal = {
    version: "7",
    dialect: "postgresql",
    entries: [...entries, { idx, version: "7", when, tag, breakpoints: true }],
  };
  return [
    { path: `${folder}/${tag}.sql`, text: `${statements.join(";\n--> statement-breakpoint\n")};\n` },
    { path: `${folder}/meta/_journal.json`, text: `${JSON.stringify(next, null, 2)}\n` },
  ];
}
