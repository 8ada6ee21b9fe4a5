import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { DiscoveredEntity } from "./entity.js";

const sampleRows = 500;
const sampleChars = 200;
const sampleTimeoutMs = 5_000;

/** Texts of a field in the first rows of its entity, without nulls and empty texts. */
export type FieldSamples = Map<string, string[]>;

/** Reads some values of every field, in one query. */
export async function readSamples(source: DataSource, entity: DiscoveredEntity): Promise<FieldSamples> {
  const { fields } = entity.schema;
  const columns = fields.map((field) => `left((${quoteIdentifier(field.name)})::text, ${sampleChars})`);
  const statement = `SELECT ${columns.join(", ")} FROM ${quoteTable(entity.table)} LIMIT ${sampleRows}`;
  const rows = await source.begin((tx) => tx.unsafe(statement).values(), {
    readOnly: true,
    statementTimeoutMs: sampleTimeoutMs,
  });
  return new Map(
    fields.map((field, at) => [
      field.name,
      rows.map((row) => row[at] as string | null).filter((text) => text !== null && text !== "") as string[],
    ]),
  );
}

/**
 * How alike the values of two fields are, 0 to 1: common values count most, then a common shape (e-mail, digits,
 * length). Undefined where either has none.
 */
export function valueSimilarity(a: string[] | undefined, b: string[] | undefined): number | undefined {
  if (!a || !b || a.length < 3 || b.length < 3) return undefined;
  const left = new Set(a.map((text) => text.toLowerCase()));
  const right = new Set(b.map((text) => text.toLowerCase()));
  const smaller = Math.min(left.size, right.size);
  let common = 0;
  for (const text of left) if (right.has(text)) common++;
  // A few values in common, such as true and false, say little.
  const overlap = smaller < 3 ? (0.5 * common) / smaller : common / smaller;
  return Math.max(overlap, 0.8 * shapeSimilarity(a, b));
}

function shapeSimilarity(a: string[], b: string[]): number {
  const left = shapeOf(a);
  const right = shapeOf(b);
  const distance = left.reduce((sum, part, at) => sum + Math.abs(part - right[at]!), 0) / left.length;
  return Math.max(0, 1 - 2 * distance);
}

/** Shares of digits, letters, blanks, signs; length; and what kind of text the values look like. */
function shapeOf(texts: string[]): number[] {
  const share = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length / texts.length;
  const chars = texts.join("");
  const length = chars.length || 1;
  const portion = (pattern: RegExp) => (chars.match(pattern)?.length ?? 0) / length;
  return [
    portion(/[0-9]/g),
    portion(/\p{L}/gu),
    portion(/\s/g),
    Math.min(1, chars.length / texts.length / 60),
    share(/^[^@\s]+@[^@\s]+\.[^@\s]+$/),
    share(/^\d{4}-\d{2}-\d{2}/),
    share(/^[+(]?[\d\s()-]{7,}$/),
    share(/^-?\d+\.\d+$/),
    share(/^\p{Lu}{2,3}$/u),
    new Set(texts).size / texts.length,
  ];
}
