import { Decimal } from "../decimal.js";
import { CommandError, type Reply } from "./backend.js";
import { integer, type MemoryKeys, textOf, wrongType } from "./memory-arguments.js";
import type { Handler } from "./memory-backend.js";

const MAX_STRING = 512 * 1024 * 1024;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

function stringOf(keys: MemoryKeys, key: string): Buffer | undefined {
  const value = keys.get(key);
  if (value === undefined) return undefined;
  return value.kind === "string" ? value.data : wrongType();
}

function set(keys: MemoryKeys, key: string, data: Buffer): void {
  if (data.length > MAX_STRING) throw new CommandError("ERR string exceeds maximum allowed size (512MB)");
  keys.put(key, { kind: "string", data });
}

/** `SET key value [NX|XX] [GET] [PX ms|KEEPTTL]` */
const SET: Handler = (keys, [key, value, ...options]): Reply => {
  const name = textOf(key);
  const words = options.map((option) => textOf(option).toUpperCase());
  const known = keys.get(name);
  const before =
    words.includes("GET") && known !== undefined
      ? known.kind === "string"
        ? known.data
        : wrongType()
      : null;
  const allowed =
    (known === undefined || !words.includes("NX")) && (known !== undefined || !words.includes("XX"));
  const px = words.indexOf("PX");
  const life = px >= 0 ? Number(integer(options[px + 1])) : undefined;
  if (life !== undefined && life <= 0) throw new CommandError("ERR invalid expire time in 'set' command");
  if (allowed) {
    set(keys, name, value as Buffer);
    if (life !== undefined) keys.expire(name, Date.now() + life);
    else if (!words.includes("KEEPTTL")) keys.expire(name, undefined);
  }
  if (words.includes("GET")) return before;
  return allowed ? "OK" : null;
};

/** Redis' inclusive ranges, where negative positions count from the end. */
export function slice(length: number, from: bigint, to: bigint): [start: number, end: number] {
  const start = from < 0n ? Math.max(0, length + Number(from)) : Number(from);
  const end = Math.min(length, (to < 0n ? length + Number(to) : Number(to)) + 1);
  return start >= end ? [0, 0] : [start, end];
}

/** Commands on strings and numbers. */
export const STRING_COMMANDS: Record<string, Handler> = {
  SET,
  GET: (keys, [key]) => stringOf(keys, textOf(key)) ?? null,
  GETDEL: (keys, [key]) => {
    const data = stringOf(keys, textOf(key)) ?? null;
    keys.delete(textOf(key));
    return data;
  },
  DEL: (keys, names) => names.filter((name) => keys.delete(textOf(name))).length,
  // A key of another kind reads as missing.
  MGET: (keys, names) =>
    names.map((name) => {
      const value = keys.get(textOf(name));
      return value?.kind === "string" ? value.data : null;
    }),
  MSET: (keys, pairs) => {
    for (let i = 0; i < pairs.length; i += 2) {
      keys.delete(textOf(pairs[i]));
      set(keys, textOf(pairs[i]), pairs[i + 1] as Buffer);
    }
    return "OK";
  },
  APPEND: (keys, [key, tail]) => {
    const data = Buffer.concat([stringOf(keys, textOf(key)) ?? Buffer.alloc(0), tail as Buffer]);
    set(keys, textOf(key), data);
    return data.length;
  },
  STRLEN: (keys, [key]) => stringOf(keys, textOf(key))?.length ?? 0,
  GETRANGE: (keys, [key, from, to]) => {
    const data = stringOf(keys, textOf(key)) ?? Buffer.alloc(0);
    return data.subarray(...slice(data.length, integer(from), integer(to)));
  },
  SETRANGE: (keys, [key, offset, tail]) => {
    const at = Number(integer(offset));
    if (at < 0) throw new CommandError("ERR offset is out of range");
    const before = stringOf(keys, textOf(key)) ?? Buffer.alloc(0);
    const patch = tail as Buffer;
    if (patch.length === 0) return before.length;
    if (at + patch.length > MAX_STRING)
      throw new CommandError("ERR string exceeds maximum allowed size (512MB)");
    const data = Buffer.alloc(Math.max(before.length, at + patch.length));
    before.copy(data);
    patch.copy(data, at);
    set(keys, textOf(key), data);
    return data.length;
  },
  INCRBY: (keys, [key, delta]) => {
    const sum = integer(stringOf(keys, textOf(key)) ?? "0") + integer(delta);
    if (sum < MIN_INTEGER || sum > MAX_INTEGER)
      throw new CommandError("ERR increment or decrement would overflow");
    set(keys, textOf(key), Buffer.from(sum.toString()));
    return Number(sum);
  },
  INCRBYFLOAT: (keys, [key, delta]) => {
    const sum = decimal(stringOf(keys, textOf(key)) ?? "0")
      .add(decimal(delta))
      .toString();
    const text = sum.includes("e") ? String(Number(sum)) : sum;
    set(keys, textOf(key), Buffer.from(text));
    return Buffer.from(text);
  },
  PEXPIREAT: (keys, [key, at]) => (keys.expire(textOf(key), Number(integer(at))) ? 1 : 0),
  PERSIST: (keys, [key]) => (keys.expire(textOf(key), undefined) ? 1 : 0),
};

/** Exact, so that 0.1 and 0.2 are 0.3, as with Redis' long doubles. */
function decimal(value: string | Buffer | undefined): Decimal {
  try {
    return new Decimal(textOf(value).trim());
  } catch {
    throw new CommandError("ERR value is not a valid float");
  }
}
