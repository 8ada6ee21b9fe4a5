import { APIError } from "encore.dev/api";

/** SQL text of a record's id: the key column as text, or a JSON array of texts for a key of several columns. */
export function recordIdSql(keyColumns: readonly string[]): string {
  const [single] = keyColumns;
  if (keyColumns.length === 1) return `(${single})::text`;
  return `jsonb_build_array(${keyColumns.map((column) => `(${column})::text`).join(", ")})::text`;
}

/** The texts of the key columns in a record id. Throws `invalidArgument` for an id that cannot be one. */
export function parseRecordId(recordId: string, keyLength: number): string[] {
  if (recordId.includes("\0")) throw badRecordId(recordId, keyLength);
  if (keyLength === 1) return [recordId];
  let parts: unknown;
  try {
    parts = JSON.parse(recordId);
  } catch {
    throw badRecordId(recordId, keyLength);
  }
  if (!Array.isArray(parts) || parts.length !== keyLength || parts.some((part) => typeof part === "object")) {
    throw badRecordId(recordId, keyLength);
  }
  return parts.map(String);
}

/** Bytes of an id that a caller gives, at most: an index of Postgres, and with it a key, holds little more. */
const longestGivenId = 2_000;

/** As `parseRecordId`, for an id that a caller gives: also throws for one that is longer than a key can be. */
export function parseGivenId(recordId: string, keyLength: number): string[] {
  if (Buffer.byteLength(recordId) <= longestGivenId) return parseRecordId(recordId, keyLength);
  throw APIError.invalidArgument(
    `A record id has ${longestGivenId} bytes at most, and "${recordId.slice(0, 50)}…" has more.`,
  ).withDetails({ reason: "bad_record_id" });
}

function badRecordId(recordId: string, keyLength: number): APIError {
  const shape =
    keyLength === 1 ? "a text without the character U+0000" : `a JSON array of the ${keyLength} key values`;
  return APIError.invalidArgument(
    `"${recordId.slice(0, 200)}" is not a record id of this entity: it must be ${shape}.`,
  ).withDetails({
    reason: "bad_record_id",
  });
}
