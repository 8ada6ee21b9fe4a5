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

function badRecordId(recordId: string, keyLength: number): APIError {
  const shape =
    keyLength === 1 ? "a text without the character U+0000" : `a JSON array of the ${keyLength} key values`;
  return APIError.invalidArgument(
    `"${recordId.slice(0, 200)}" is not a record id of this entity: it must be ${shape}.`,
  ).withDetails({
    reason: "bad_record_id",
  });
}
