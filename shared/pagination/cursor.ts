import { APIError } from "encore.dev/api";
import type { z } from "zod";

/** Packs the sort key of a page's last row into an opaque text. */
export function encodeCursor(key: Record<string, string | number>): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** Reads a cursor that `encodeCursor` made. Anything else is `invalidArgument`. */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  const parsed = parse(cursor);
  const key = schema.safeParse(parsed);
  if (!key.success || hasNul(parsed)) {
    throw APIError.invalidArgument(
      "cursor: not a cursor of this list in this order; leave it out to start from the beginning.",
    );
  }
  return key.data;
}

/** Postgres takes no text with a NUL, and none of ours has one. */
function hasNul(key: unknown): boolean {
  return Object.values(Object(key)).some((value) => typeof value === "string" && value.includes("\0"));
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The page size asked for, if it lies within 1 to `max`. */
export function pageSize(limit: number | undefined, bounds: { default: number; max: number }): number {
  if (limit === undefined) return bounds.default;
  if (!Number.isInteger(limit) || limit < 1 || limit > bounds.max) {
    throw APIError.invalidArgument(`limit: must be a whole number from 1 to ${bounds.max}.`);
  }
  return limit;
}
