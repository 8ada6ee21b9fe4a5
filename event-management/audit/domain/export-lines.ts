import { csvLine } from "../../../shared/csv.js";
import type { AuditDocument } from "./chain.js";
import type { ChainPoint, PublishedKey, Signature } from "./signatures.js";

type Signed = ChainPoint & Signature;

/** First line of an export: all that is needed to prove the lines after it. */
export interface ExportHeader {
  kind: "header";
  format: "axion-audit-log";
  version: 1;
  tenantId: string;
  exportedAt: string;
  /** What was asked for; entries that do not fit are only told of by the hash of their content. */
  filters: Record<string, string>;
  /** Signed end of the chain; absent where nothing was written yet. */
  head?: Signed;
  /** Up to where entries were removed because their time was over: the first line follows on it. */
  checkpoint?: Signed;
  /** Newest points that are kept apart from the database. */
  anchors: Signed[];
  /** Keys that signed the above. Trust those that the system publishes, not these. */
  keys: PublishedKey[];
}

export interface ExportedEntry {
  kind: "entry";
  sequence: number;
  entry: AuditDocument;
  previousHash: string;
  hash: string;
}

/** An entry that was not asked for: its place in the chain, and nothing of what it says. */
export interface OmittedEntry {
  kind: "omitted";
  sequence: number;
  /** SHA-256 of the canonical JSON of what it says. */
  contentHash: string;
  previousHash: string;
  hash: string;
}

/** Last line of a whole export. */
export interface ExportEnd {
  kind: "end";
  entries: number;
  omitted: number;
}

/** A line of an export. As CSV, it stands in the column `document`. */
export type ExportLine = ExportHeader | ExportedEntry | OmittedEntry | ExportEnd;

const columns = [
  "kind",
  "sequence",
  "timestamp",
  "eventType",
  "ruleId",
  "jobId",
  "sourceRecordId",
  "targetRecordId",
  "performedBy",
  "details",
  "eventId",
  "correlationId",
  "recordedAt",
  "hash",
  "document",
] as const;

/** The line with the names of the columns. */
export const csvHeading = csvLine(columns);

/** A line of NDJSON as a line of CSV: columns for people, and the line itself in the last one, for proof. */
export function csvOf(ndjson: string): string {
  const line = JSON.parse(ndjson) as ExportLine;
  const cells: Partial<Record<(typeof columns)[number], string>> = { kind: line.kind, document: ndjson };
  if (line.kind === "entry" || line.kind === "omitted") {
    Object.assign(cells, { sequence: String(line.sequence), hash: line.hash });
  }
  if (line.kind === "entry") {
    const { details, position: _, tenantId: __, ...texts } = line.entry;
    Object.assign(cells, texts, { details: JSON.stringify(details) });
  }
  return csvLine(columns.map((column) => cells[column] ?? ""));
}

/** The last cell of a record of CSV (RFC 4180). */
export function lastCell(record: string): string {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < record.length; at++) {
    if (record[at] === '"') quoted = !quoted;
    else if (record[at] === "," && !quoted) start = at + 1;
  }
  const cell = record.slice(start);
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}
