import { describe, expect, it } from "vitest";
import type { Command, Reply } from "./backend.js";
import { CacheCluster } from "./cluster.js";
import { MemoryBackend } from "./memory-backend.js";

function cache(options: { evictionPolicy?: string; maxBytes?: number } = {}) {
  let now = Date.now();
  const backend = new MemoryBackend({ evictionPolicy: "allkeys-lru", now: () => now, ...options });
  return {
    cluster: new CacheCluster("c", "", () => backend),
    run: async (...command: Command): Promise<Reply> => (await backend.run([command]))[0] as Reply,
    pass: (ms: number) => (now += ms),
  };
}

const bytes = (text: string) => Buffer.from(text);
const text = (value: Buffer | null) => value?.toString() ?? null;
const texts = (values: Buffer[]) => values.map(String);

describe("strings", () => {
  it("are cut and patched at positions, counted from the end when negative", async () => {
    const { cluster } = cache();
    await cluster.set("k", bytes("Hello World"));
    expect(text(await cluster.getRange("k", 0, 4))).toBe("Hello");
    expect(text(await cluster.getRange("k", -5, -1))).toBe("World");
    expect(text(await cluster.getRange("k", 20, 30))).toBe("");
    expect(await cluster.setRange("k", 6, bytes("Redis"))).toBe(11);
    expect(text(await cluster.get("k"))).toBe("Hello Redis");
    expect(await cluster.setRange("new", 3, bytes("x"))).toBe(4);
    expect(await cluster.get("new")).toEqual(Buffer.from([0, 0, 0, 120]));
    await expect(cluster.setRange("k", -1, bytes("x"))).rejects.toThrow(
      'cache set range "k": redis error: ERR offset is out of range',
    );
  });

  it("are set on conditions", async () => {
    const { cluster } = cache();
    expect(await cluster.replace("k", bytes("a"))).toBe(false);
    expect(await cluster.setIfNotExists("k", bytes("a"))).toBe(true);
    expect(await cluster.setIfNotExists("k", bytes("b"))).toBe(false);
    expect(await cluster.replace("k", bytes("c"))).toBe(true);
    expect(text(await cluster.getAndSet("k", bytes("d")))).toBe("c");
    expect(text(await cluster.getAndDelete("k"))).toBe("d");
    expect(await cluster.get("k")).toBeNull();
  });

  it("count, within 64 bits", async () => {
    const { cluster } = cache();
    expect(await cluster.incrBy("n", 5)).toBe(5);
    expect(await cluster.decrBy("n", 7)).toBe(-2);
    await cluster.set("n", bytes("9223372036854775807"));
    await expect(cluster.incrBy("n", 1)).rejects.toThrow("increment or decrement would overflow");
    await cluster.set("n", bytes("ten"));
    await expect(cluster.incrBy("n", 1)).rejects.toThrow("ERR value is not an integer or out of range");
    expect(await cluster.incrByFloat("f", 0.1)).toBe(0.1);
    expect(await cluster.incrByFloat("f", 0.2)).toBe(0.3);
    await expect(cluster.incrByFloat("n", 1)).rejects.toThrow("ERR value is not a valid float");
  });

  it("are read and written together; keys of another kind read as missing", async () => {
    const { cluster } = cache();
    await cluster.rpush("list", [bytes("x")]);
    await cluster.mset(["a", "b"], [bytes("1"), bytes("2")]);
    expect((await cluster.mget(["a", "list", "none", "b"])).map((value) => text(value ?? null))).toEqual([
      "1",
      null,
      null,
      "2",
    ]);
    expect(await cluster.delete(["a", "none", "list"])).toBe(2);
  });
});

describe("lists", () => {
  it("grow and shrink at both ends", async () => {
    const { cluster } = cache();
    expect(await cluster.rpush("l", [bytes("c"), bytes("d")])).toBe(2);
    expect(await cluster.lpush("l", [bytes("b"), bytes("a")])).toBe(4);
    expect(texts(await cluster.lrangeAll("l"))).toEqual(["a", "b", "c", "d"]);
    expect(texts(await cluster.lrange("l", -3, -2))).toEqual(["b", "c"]);
    expect(text(await cluster.lindex("l", -1))).toBe("d");
    expect(await cluster.lindex("l", 9)).toBeNull();
    expect(text(await cluster.lpop("l"))).toBe("a");
    expect(text(await cluster.rpop("l"))).toBe("d");
    await cluster.ltrim("l", 1, -1);
    expect(texts(await cluster.lrangeAll("l"))).toEqual(["c"]);
    await cluster.ltrim("l", 5, 9);
    expect(await cluster.llen("l")).toBe(0);
    expect(await cluster.lpop("l")).toBeNull();
  });

  it("are changed inside", async () => {
    const { cluster } = cache();
    await cluster.rpush("l", ["a", "x", "b", "x", "c", "x"].map(bytes));
    expect(await cluster.lremFirst("l", 1, bytes("x"))).toBe(1);
    expect(await cluster.lremLast("l", 1, bytes("x"))).toBe(1);
    expect(texts(await cluster.lrangeAll("l"))).toEqual(["a", "b", "x", "c"]);
    expect(await cluster.linsertBefore("l", bytes("b"), bytes("1"))).toBe(5);
    expect(await cluster.linsertAfter("l", bytes("b"), bytes("2"))).toBe(6);
    expect(await cluster.linsertAfter("l", bytes("none"), bytes("2"))).toBe(-1);
    expect(await cluster.linsertAfter("none", bytes("b"), bytes("2"))).toBe(0);
    expect(await cluster.lremAll("l", bytes("x"))).toBe(1);
    await cluster.lset("l", -1, bytes("z"));
    expect(texts(await cluster.lrangeAll("l"))).toEqual(["a", "1", "b", "2", "z"]);
    await expect(cluster.lset("l", 9, bytes("z"))).rejects.toThrow("ERR index out of range");
    await expect(cluster.lset("none", 0, bytes("z"))).rejects.toThrow("ERR no such key");
  });

  it("pass elements on", async () => {
    const { cluster } = cache();
    await cluster.rpush("a", [bytes("1"), bytes("2")]);
    expect(text(await cluster.lmove("a", "b", "left", "right"))).toBe("1");
    expect(text(await cluster.lmove("a", "a", "right", "left"))).toBe("2");
    expect(texts(await cluster.lrangeAll("b"))).toEqual(["1"]);
    expect(await cluster.lmove("none", "b", "left", "left")).toBeNull();
  });
});

describe("sets", () => {
  it("hold each member once", async () => {
    const { cluster } = cache();
    expect(await cluster.sadd("s", ["a", "b", "a"].map(bytes))).toBe(2);
    expect(await cluster.sismember("s", bytes("a"))).toBe(true);
    expect(await cluster.srem("s", ["a", "none"].map(bytes))).toBe(1);
    expect(texts(await cluster.smembers("s"))).toEqual(["b"]);
    expect(await cluster.smove("s", "t", bytes("b"))).toBe(true);
    expect(await cluster.smove("s", "t", bytes("b"))).toBe(false);
    expect(await cluster.scard("t")).toBe(1);
  });

  it("are compared and combined", async () => {
    const { cluster } = cache();
    await cluster.sadd("x", ["a", "b"].map(bytes));
    await cluster.sadd("y", ["b", "c"].map(bytes));
    expect(texts(await cluster.sdiff(["x", "y"]))).toEqual(["a"]);
    expect(texts(await cluster.sinter(["x", "y", "none"]))).toEqual([]);
    expect(texts(await cluster.sunion(["x", "y"])).sort()).toEqual(["a", "b", "c"]);
    expect(await cluster.sinterstore("z", ["x", "y"])).toBe(1);
    expect(await cluster.sdiffstore("z", ["none"])).toBe(0);
    expect(await cluster.scard("z")).toBe(0);
  });

  it("give random members, without and with repetition", async () => {
    const { cluster } = cache();
    await cluster.sadd("s", ["a", "b", "c"].map(bytes));
    expect(texts(await cluster.srandmemberN("s", 5)).sort()).toEqual(["a", "b", "c"]);
    expect(await cluster.srandmemberN("s", -7)).toHaveLength(7);
    expect(["a", "b", "c"]).toContain(text(await cluster.srandmember("s")));
    expect(await cluster.srandmember("none")).toBeNull();
    expect(await cluster.spopN("s", 2)).toHaveLength(2);
    expect(text(await cluster.spop("s"))).not.toBeNull();
    expect(await cluster.spop("s")).toBeNull();
  });
});

describe("keys", () => {
  it("of another kind are refused", async () => {
    const { cluster } = cache();
    await cluster.set("k", bytes("text"));
    await expect(cluster.lpush("k", [bytes("x")])).rejects.toThrow(
      /cache push left "k": redis error: WRONGTYPE Operation against a key/,
    );
    await expect(cluster.sadd("k", [bytes("x")])).rejects.toThrow("WRONGTYPE");
  });

  it("expire, keep their time limit or lose it, as told", async () => {
    const { cluster, pass } = cache();
    await cluster.set("gone", bytes("x"), 1000);
    await cluster.set("kept", bytes("x"), 1000);
    await cluster.set("kept", bytes("y"), -1);
    await cluster.set("lasting", bytes("x"), 1000);
    await cluster.set("lasting", bytes("y"));
    await cluster.rpush("list", [bytes("x")], 1000);
    await cluster.rpush("list", [bytes("y")], -2);
    await cluster.sadd("set", [bytes("x")], 1000);
    pass(2000);
    expect(await cluster.mget(["gone", "kept", "lasting"])).toEqual([null, null, bytes("y")]);
    expect(await cluster.llen("list")).toBe(2);
    expect(await cluster.scard("set")).toBe(0);
    await expect(cluster.set("k", bytes("x"), 0)).rejects.toThrow("ERR invalid expire time in 'set' command");
  });

  it("make room for new ones: the least recently used goes first", async () => {
    const { cluster } = cache({ maxBytes: 3500 });
    for (const key of ["a", "b", "c"]) await cluster.set(key, Buffer.alloc(1000));
    await cluster.get("a");
    await cluster.set("d", Buffer.alloc(1000));
    expect((await cluster.mget(["a", "b", "c", "d"])).map((value) => value !== null)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it("without a time limit stay where the policy says so, until memory is full", async () => {
    const { cluster } = cache({ maxBytes: 3500, evictionPolicy: "volatile-ttl" });
    await cluster.set("lasting", Buffer.alloc(1000));
    await cluster.set("later", Buffer.alloc(1000), 60_000);
    await cluster.set("sooner", Buffer.alloc(1000), 1000);
    await cluster.set("new", Buffer.alloc(1000));
    expect(
      (await cluster.mget(["lasting", "later", "sooner", "new"])).map((value) => value !== null),
    ).toEqual([true, true, false, true]);
    const full = cache({ maxBytes: 1500, evictionPolicy: "noeviction" }).cluster;
    await full.set("a", Buffer.alloc(1000));
    await expect(full.set("b", Buffer.alloc(1000))).rejects.toThrow("OOM command not allowed");
    expect(text(await full.get("a"))).not.toBeNull();
  });
});
