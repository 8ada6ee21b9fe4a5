import { CommandError } from "./backend.js";
import type { MemoryKeyspace } from "./memory-keyspace.js";

export type MemoryKeys = MemoryKeyspace;
type Argument = string | Buffer | undefined;

export function wrongType(): never {
  throw new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}

export function textOf(value: Argument): string {
  return typeof value === "string" ? value : (value?.toString("utf8") ?? "");
}

/** A 64-bit integer, written as Redis wants it: without sign, space or leading zeros too many. */
export function integer(value: Argument): bigint {
  const text = textOf(value);
  const parsed = /^(0|-?[1-9]\d{0,18})$/.test(text) ? BigInt(text) : undefined;
  if (parsed === undefined || parsed < -(2n ** 63n) || parsed >= 2n ** 63n)
    throw new CommandError("ERR value is not an integer or out of range");
  return parsed;
}
