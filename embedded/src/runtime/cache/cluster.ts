import type { Request } from "../request.js";
import { startSpan } from "../tracing/span.js";
import type { CacheBackend, Command, Reply } from "./backend.js";

type Source = Request | undefined | null;
/** Milliseconds, or the SDK's signs for keeping and for removing the time limit. */
type Ttl = number | undefined | null;

const KEEP_TTL = -1;
const NEVER_EXPIRE = -2;

/** A failed operation, with the text that the official runtime gives it. */
class CacheError extends Error {
  override readonly name = "Error";
}

/**
 * A cache cluster of the app, as the SDK uses it: each method is one command of
 * Redis, with its time limit in one transaction. Long because the contract has
 * forty of them.
 */
export class CacheCluster {
  constructor(
    private readonly name: string,
    private readonly keyPrefix: string,
    private readonly backend: () => CacheBackend,
  ) {}

  async get(key: string, source?: Source): Promise<Buffer | null> {
    return this.#one("get", [key], source, ["GET", this.#key(key)]);
  }

  async set(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<void> {
    await this.#one("set", [key], source, ["SET", this.#key(key), value, ...setOptions(ttl)]);
  }

  async setIfNotExists(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<boolean> {
    return (
      (await this.#one("set if not exists", [key], source, [
        "SET",
        this.#key(key),
        value,
        "NX",
        ...setOptions(ttl),
      ])) !== null
    );
  }

  async replace(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<boolean> {
    return (
      (await this.#one("replace", [key], source, [
        "SET",
        this.#key(key),
        value,
        "XX",
        ...setOptions(ttl),
      ])) !== null
    );
  }

  async getAndSet(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<Buffer | null> {
    return this.#one("get and set", [key], source, ["SET", this.#key(key), value, "GET", ...setOptions(ttl)]);
  }

  async getAndDelete(key: string, source?: Source): Promise<Buffer | null> {
    return this.#one("get and delete", [key], source, ["GETDEL", this.#key(key)]);
  }

  async delete(keys: string[], source?: Source): Promise<number> {
    return keys.length === 0 ? 0 : this.#one("delete", keys, source, ["DEL", ...this.#keys(keys)]);
  }

  async mget(keys: string[], source?: Source): Promise<(Buffer | null)[]> {
    return keys.length === 0 ? [] : this.#one("multi get", keys, source, ["MGET", ...this.#keys(keys)]);
  }

  async mset(keys: string[], values: Buffer[], ttl?: Ttl, source?: Source): Promise<void> {
    if (keys.length === 0) return;
    const options = setOptions(ttl);
    const pairs = keys.map((key, i) => [this.#key(key), values[i] as Buffer] as const);
    const commands =
      options.length === 0
        ? [["MSET", ...pairs.flat()] as Command]
        : pairs.map(([key, value]): Command => ["SET", key, value, ...options]);
    await this.#run("multi set", keys, source, commands);
  }

  append(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("append", [key], ttl, source, ["APPEND", this.#key(key), value]);
  }

  getRange(key: string, start: number, end: number, source?: Source): Promise<Buffer> {
    return this.#one("get range", [key], source, ["GETRANGE", this.#key(key), whole(start), whole(end)]);
  }

  setRange(key: string, offset: number, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("set range", [key], ttl, source, ["SETRANGE", this.#key(key), whole(offset), value]);
  }

  strlen(key: string, source?: Source): Promise<number> {
    return this.#one("len", [key], source, ["STRLEN", this.#key(key)]);
  }

  incrBy(key: string, delta: number, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("increment", [key], ttl, source, ["INCRBY", this.#key(key), whole(delta)]);
  }

  decrBy(key: string, delta: number, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("decrement", [key], ttl, source, ["INCRBY", this.#key(key), whole(-delta)]);
  }

  async incrByFloat(key: string, delta: number, ttl?: Ttl, source?: Source): Promise<number> {
    return Number(
      await this.#limited<Buffer>("increment", [key], ttl, source, [
        "INCRBYFLOAT",
        this.#key(key),
        String(delta),
      ]),
    );
  }

  lpush(key: string, values: Buffer[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("push left", [key], ttl, source, ["LPUSH", this.#key(key), ...values]);
  }

  rpush(key: string, values: Buffer[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("push right", [key], ttl, source, ["RPUSH", this.#key(key), ...values]);
  }

  lpop(key: string, ttl?: Ttl, source?: Source): Promise<Buffer | null> {
    return this.#limited("pop left", [key], ttl, source, ["LPOP", this.#key(key)]);
  }

  rpop(key: string, ttl?: Ttl, source?: Source): Promise<Buffer | null> {
    return this.#limited("pop right", [key], ttl, source, ["RPOP", this.#key(key)]);
  }

  lindex(key: string, index: number, source?: Source): Promise<Buffer | null> {
    return this.#one("list get", [key], source, ["LINDEX", this.#key(key), whole(index)]);
  }

  lrange(key: string, start: number, stop: number, source?: Source): Promise<Buffer[]> {
    return this.#one("get range", [key], source, ["LRANGE", this.#key(key), whole(start), whole(stop)]);
  }

  lrangeAll(key: string, source?: Source): Promise<Buffer[]> {
    return this.#one("items", [key], source, ["LRANGE", this.#key(key), "0", "-1"]);
  }

  llen(key: string, source?: Source): Promise<number> {
    return this.#one("list len", [key], source, ["LLEN", this.#key(key)]);
  }

  async ltrim(key: string, start: number, stop: number, ttl?: Ttl, source?: Source): Promise<void> {
    await this.#limited("list trim", [key], ttl, source, [
      "LTRIM",
      this.#key(key),
      whole(start),
      whole(stop),
    ]);
  }

  async lset(key: string, index: number, value: Buffer, ttl?: Ttl, source?: Source): Promise<void> {
    await this.#limited("list set", [key], ttl, source, ["LSET", this.#key(key), whole(index), value]);
  }

  linsertBefore(key: string, pivot: Buffer, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("insert before", [key], ttl, source, [
      "LINSERT",
      this.#key(key),
      "BEFORE",
      pivot,
      value,
    ]);
  }

  linsertAfter(key: string, pivot: Buffer, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("insert after", [key], ttl, source, [
      "LINSERT",
      this.#key(key),
      "AFTER",
      pivot,
      value,
    ]);
  }

  lremAll(key: string, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("remove all", [key], ttl, source, ["LREM", this.#key(key), "0", value]);
  }

  lremFirst(key: string, count: number, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("remove first", [key], ttl, source, ["LREM", this.#key(key), whole(count), value]);
  }

  lremLast(key: string, count: number, value: Buffer, ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("remove last", [key], ttl, source, ["LREM", this.#key(key), whole(-count), value]);
  }

  lmove(
    src: string,
    dst: string,
    srcDir: string,
    dstDir: string,
    ttl?: Ttl,
    source?: Source,
  ): Promise<Buffer | null> {
    const command: Command = ["LMOVE", this.#key(src), this.#key(dst), direction(srcDir), direction(dstDir)];
    return this.#limited("list move", [src, dst], ttl, source, command);
  }

  sadd(key: string, members: Buffer[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("set add", [key], ttl, source, ["SADD", this.#key(key), ...members]);
  }

  srem(key: string, members: Buffer[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("set remove", [key], ttl, source, ["SREM", this.#key(key), ...members]);
  }

  async sismember(key: string, member: Buffer, source?: Source): Promise<boolean> {
    return (
      (await this.#one<number>("set contains", [key], source, ["SISMEMBER", this.#key(key), member])) === 1
    );
  }

  smembers(key: string, source?: Source): Promise<Buffer[]> {
    return this.#one("set items", [key], source, ["SMEMBERS", this.#key(key)]);
  }

  scard(key: string, source?: Source): Promise<number> {
    return this.#one("set len", [key], source, ["SCARD", this.#key(key)]);
  }

  spop(key: string, ttl?: Ttl, source?: Source): Promise<Buffer | null> {
    return this.#limited("set pop one", [key], ttl, source, ["SPOP", this.#key(key)]);
  }

  spopN(key: string, count: number, ttl?: Ttl, source?: Source): Promise<Buffer[]> {
    return this.#limited("set pop", [key], ttl, source, ["SPOP", this.#key(key), whole(count)]);
  }

  srandmember(key: string, source?: Source): Promise<Buffer | null> {
    return this.#one("set sample one", [key], source, ["SRANDMEMBER", this.#key(key)]);
  }

  srandmemberN(key: string, count: number, source?: Source): Promise<Buffer[]> {
    return this.#one("set sample", [key], source, ["SRANDMEMBER", this.#key(key), whole(count)]);
  }

  sdiff(keys: string[], source?: Source): Promise<Buffer[]> {
    return this.#one("set diff", keys, source, ["SDIFF", ...this.#keys(keys)]);
  }

  sdiffstore(destination: string, keys: string[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("store set diff", [destination], ttl, source, [
      "SDIFFSTORE",
      this.#key(destination),
      ...this.#keys(keys),
    ]);
  }

  sinter(keys: string[], source?: Source): Promise<Buffer[]> {
    return this.#one("intersect", keys, source, ["SINTER", ...this.#keys(keys)]);
  }

  sinterstore(destination: string, keys: string[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("store set intersect", [destination], ttl, source, [
      "SINTERSTORE",
      this.#key(destination),
      ...this.#keys(keys),
    ]);
  }

  sunion(keys: string[], source?: Source): Promise<Buffer[]> {
    return this.#one("union", keys, source, ["SUNION", ...this.#keys(keys)]);
  }

  sunionstore(destination: string, keys: string[], ttl?: Ttl, source?: Source): Promise<number> {
    return this.#limited("store set union", [destination], ttl, source, [
      "SUNIONSTORE",
      this.#key(destination),
      ...this.#keys(keys),
    ]);
  }

  async smove(src: string, dst: string, member: Buffer, ttl?: Ttl, source?: Source): Promise<boolean> {
    return (
      (await this.#limited<number>("move", [src, dst], ttl, source, [
        "SMOVE",
        this.#key(src),
        this.#key(dst),
        member,
      ])) === 1
    );
  }

  #key(key: string): string {
    return this.keyPrefix + key;
  }

  #keys(keys: string[]): string[] {
    return keys.map((key) => this.#key(key));
  }

  async #one<T extends Reply>(
    operation: string,
    keys: string[],
    source: Source,
    command: Command,
  ): Promise<T> {
    const [reply] = await this.#run(operation, keys, source, [command]);
    return reply as T;
  }

  /** A change of keys, with their time limit in the same transaction. */
  async #limited<T extends Reply>(
    operation: string,
    keys: string[],
    ttl: Ttl,
    source: Source,
    command: Command,
  ): Promise<T> {
    const limits = keys.flatMap((key) => limitOf(this.#key(key), ttl));
    const [reply] = await this.#run(operation, keys, source, [command, ...limits]);
    return reply as T;
  }

  async #run(operation: string, keys: string[], source: Source, commands: Command[]): Promise<Reply[]> {
    const span = source?.span.recording
      ? startSpan({
          kind: "client",
          name: `${this.name} ${operation}`,
          service: source.service,
          parent: source.span,
          attributes: { "db.system.name": "redis", "db.operation.name": operation },
        })
      : undefined;
    try {
      const replies = await this.backend().run(commands);
      span?.end();
      return replies;
    } catch (cause) {
      const error = new CacheError(
        `cache ${operation} "${this.#keys(keys).join(", ")}": redis error: ${(cause as Error).message}`,
        { cause },
      );
      span?.end(error);
      throw error;
    }
  }
}

/** Options of SET: without any, a former time limit goes. */
function setOptions(ttl: Ttl): string[] {
  if (ttl === KEEP_TTL) return ["KEEPTTL"];
  return typeof ttl === "number" && ttl >= 0 ? ["PX", whole(ttl)] : [];
}

function limitOf(key: string, ttl: Ttl): Command[] {
  if (ttl === NEVER_EXPIRE) return [["PERSIST", key]];
  return typeof ttl === "number" && ttl >= 0 ? [["PEXPIREAT", key, whole(Date.now() + ttl)]] : [];
}

/** The contract has 64-bit integers: fractions are cut off. */
function whole(value: number): string {
  return BigInt(Number.isFinite(value) ? Math.trunc(value) : 0).toString();
}

function direction(side: string): "LEFT" | "RIGHT" {
  return side.toUpperCase() === "LEFT" ? "LEFT" : "RIGHT";
}
