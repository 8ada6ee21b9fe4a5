import { CommandError, type Reply } from "./backend.js";
import { integer, type MemoryKeys, textOf, wrongType } from "./memory-arguments.js";
import type { Handler } from "./memory-backend.js";
import { slice } from "./memory-strings.js";

function listOf(keys: MemoryKeys, key: string): Buffer[] | undefined {
  const value = keys.get(key);
  if (value === undefined) return undefined;
  return value.kind === "list" ? value.items : wrongType();
}

function store(keys: MemoryKeys, key: string, items: Buffer[]): number {
  keys.put(key, { kind: "list", items });
  return items.length;
}

function position(items: Buffer[], index: bigint): number {
  return index < 0n ? items.length + Number(index) : Number(index);
}

function pop(keys: MemoryKeys, key: string, side: "LEFT" | "RIGHT"): Buffer | null {
  const items = listOf(keys, key);
  if (items === undefined) return null;
  const rest = [...items];
  const popped = (side === "LEFT" ? rest.shift() : rest.pop()) ?? null;
  store(keys, key, rest);
  return popped;
}

function push(keys: MemoryKeys, key: string, side: "LEFT" | "RIGHT", values: Buffer[]): number {
  const items = listOf(keys, key) ?? [];
  // Pushed one after the other: the last one given comes first.
  return store(keys, key, side === "LEFT" ? [...values.toReversed(), ...items] : [...items, ...values]);
}

const LREM: Handler = (keys, [key, count, value]): Reply => {
  const items = listOf(keys, textOf(key));
  if (items === undefined) return 0;
  const wanted = Number(integer(count));
  let left = wanted === 0 ? items.length : Math.abs(wanted);
  const keep = (item: Buffer) => left === 0 || !item.equals(value as Buffer) || left-- === 0;
  const rest = wanted < 0 ? items.toReversed().filter(keep).toReversed() : items.filter(keep);
  store(keys, textOf(key), rest);
  return items.length - rest.length;
};

/** Commands on lists. */
export const LIST_COMMANDS: Record<string, Handler> = {
  LPUSH: (keys, [key, ...values]) => push(keys, textOf(key), "LEFT", values as Buffer[]),
  RPUSH: (keys, [key, ...values]) => push(keys, textOf(key), "RIGHT", values as Buffer[]),
  LPOP: (keys, [key]) => pop(keys, textOf(key), "LEFT"),
  RPOP: (keys, [key]) => pop(keys, textOf(key), "RIGHT"),
  LLEN: (keys, [key]) => listOf(keys, textOf(key))?.length ?? 0,
  LINDEX: (keys, [key, index]) => {
    const items = listOf(keys, textOf(key)) ?? [];
    return items[position(items, integer(index))] ?? null;
  },
  LRANGE: (keys, [key, from, to]) => {
    const items = listOf(keys, textOf(key)) ?? [];
    return items.slice(...slice(items.length, integer(from), integer(to)));
  },
  LTRIM: (keys, [key, from, to]) => {
    const items = listOf(keys, textOf(key));
    if (items !== undefined)
      store(keys, textOf(key), items.slice(...slice(items.length, integer(from), integer(to))));
    return "OK";
  },
  LSET: (keys, [key, index, value]) => {
    const items = listOf(keys, textOf(key));
    if (items === undefined) throw new CommandError("ERR no such key");
    const at = position(items, integer(index));
    if (at < 0 || at >= items.length) throw new CommandError("ERR index out of range");
    store(keys, textOf(key), items.with(at, value as Buffer));
    return "OK";
  },
  LINSERT: (keys, [key, where, pivot, value]) => {
    const items = listOf(keys, textOf(key));
    if (items === undefined) return 0;
    const at = items.findIndex((item) => item.equals(pivot as Buffer));
    if (at < 0) return -1;
    return store(
      keys,
      textOf(key),
      items.toSpliced(textOf(where) === "BEFORE" ? at : at + 1, 0, value as Buffer),
    );
  },
  LREM,
  LMOVE: (keys, [source, target, from, to]) => {
    // The target's kind is checked before anything is taken away.
    listOf(keys, textOf(target));
    const moved = pop(keys, textOf(source), textOf(from) as "LEFT" | "RIGHT");
    if (moved !== null) push(keys, textOf(target), textOf(to) as "LEFT" | "RIGHT", [moved]);
    return moved;
  },
};
