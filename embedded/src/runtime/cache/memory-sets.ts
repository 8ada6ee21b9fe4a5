import { randomInt } from "node:crypto";
import { CommandError } from "./backend.js";
import { integer, type MemoryKeys, textOf, wrongType } from "./memory-arguments.js";
import type { Handler } from "./memory-backend.js";

type Members = Map<string, Buffer>;

function setOf(keys: MemoryKeys, key: string): Members | undefined {
  const value = keys.get(key);
  if (value === undefined) return undefined;
  return value.kind === "set" ? value.members : wrongType();
}

/** Members are told apart by their bytes. */
function identity(member: string | Buffer | undefined): string {
  return (member as Buffer).toString("latin1");
}

function combine(operation: "diff" | "inter" | "union", sets: Members[]): Buffer[] {
  const [first = new Map<string, Buffer>(), ...others] = sets;
  if (operation === "union") return [...new Map(sets.flatMap((members) => [...members])).values()];
  const holds = (id: string) =>
    operation === "diff" ? !others.some((other) => other.has(id)) : others.every((other) => other.has(id));
  return [...first].filter(([id]) => holds(id)).map(([, member]) => member);
}

function combined(operation: "diff" | "inter" | "union"): Handler {
  return (keys, names) =>
    combine(
      operation,
      names.map((name) => setOf(keys, textOf(name)) ?? new Map()),
    );
}

/** The result replaces whatever the key held, its time limit included. */
function stored(operation: "diff" | "inter" | "union"): Handler {
  return (keys, [target, ...names]) => {
    const members = combine(
      operation,
      names.map((name) => setOf(keys, textOf(name)) ?? new Map()),
    );
    keys.delete(textOf(target));
    keys.put(textOf(target), {
      kind: "set",
      members: new Map(members.map((member) => [identity(member), member])),
    });
    return members.length;
  };
}

/** Some members, each at most once (Fisher–Yates, as far as needed). */
function sample(members: Buffer[], count: number): Buffer[] {
  const pool = [...members];
  const size = Math.min(count, pool.length);
  for (let i = 0; i < size; i++) {
    const j = randomInt(i, pool.length);
    [pool[i], pool[j]] = [pool[j] as Buffer, pool[i] as Buffer];
  }
  return pool.slice(0, size);
}

const SPOP: Handler = (keys, [key, count]) => {
  const members = setOf(keys, textOf(key));
  const wanted = count === undefined ? 1 : Number(integer(count));
  if (wanted < 0) throw new CommandError("ERR value is out of range, must be positive");
  const popped = members === undefined ? [] : sample([...members.values()], wanted);
  if (members !== undefined) {
    const gone = new Set(popped.map(identity));
    keys.put(textOf(key), { kind: "set", members: new Map([...members].filter(([id]) => !gone.has(id))) });
  }
  return count === undefined ? (popped[0] ?? null) : popped;
};

/** Negative counts may draw a member several times; this bounds what one call may ask for. */
const MAX_SAMPLE = 1_000_000;

const SRANDMEMBER: Handler = (keys, [key, count]) => {
  const members = [...(setOf(keys, textOf(key)) ?? new Map<string, Buffer>()).values()];
  if (count === undefined)
    return members.length === 0 ? null : (members[randomInt(members.length)] as Buffer);
  const wanted = Number(integer(count));
  if (wanted >= 0) return sample(members, wanted);
  if (-wanted > MAX_SAMPLE) throw new CommandError("ERR value is out of range");
  return members.length === 0
    ? []
    : Array.from({ length: -wanted }, () => members[randomInt(members.length)] as Buffer);
};

/** Commands on sets. */
export const SET_COMMANDS: Record<string, Handler> = {
  SADD: (keys, [key, ...members]) => {
    const before = setOf(keys, textOf(key));
    const after = new Map(before);
    for (const member of members) after.set(identity(member), member as Buffer);
    keys.put(textOf(key), { kind: "set", members: after });
    return after.size - (before?.size ?? 0);
  },
  SREM: (keys, [key, ...members]) => {
    const before = setOf(keys, textOf(key));
    if (before === undefined) return 0;
    const after = new Map(before);
    for (const member of members) after.delete(identity(member));
    keys.put(textOf(key), { kind: "set", members: after });
    return before.size - after.size;
  },
  SISMEMBER: (keys, [key, member]) => (setOf(keys, textOf(key))?.has(identity(member)) ? 1 : 0),
  SMEMBERS: (keys, [key]) => [...(setOf(keys, textOf(key))?.values() ?? [])],
  SCARD: (keys, [key]) => setOf(keys, textOf(key))?.size ?? 0,
  SPOP,
  SRANDMEMBER,
  SDIFF: combined("diff"),
  SINTER: combined("inter"),
  SUNION: combined("union"),
  SDIFFSTORE: stored("diff"),
  SINTERSTORE: stored("inter"),
  SUNIONSTORE: stored("union"),
  SMOVE: (keys, [source, target, member]) => {
    const from = setOf(keys, textOf(source));
    const to = setOf(keys, textOf(target));
    if (!from?.has(identity(member))) return 0;
    if (textOf(source) === textOf(target)) return 1;
    keys.put(textOf(source), {
      kind: "set",
      members: new Map([...from].filter(([id]) => id !== identity(member))),
    });
    keys.put(textOf(target), { kind: "set", members: new Map(to).set(identity(member), member as Buffer) });
    return 1;
  },
};
