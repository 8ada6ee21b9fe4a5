import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../src/providers/postgres/postmaster.js";
import { CacheCluster } from "../src/runtime/cache/cluster.js";
import { MemoryBackend } from "../src/runtime/cache/memory-backend.js";
import { RedisBackend } from "../src/runtime/cache/redis-backend.js";

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** What the SDK may do with a cache, as one text, to compare what two backends answer. */
async function transcript(cluster: CacheCluster): Promise<unknown[]> {
  const b = (text: string) => Buffer.from(text);
  const seen: unknown[] = [];
  const see = async (work: Promise<unknown>) => {
    try {
      const value = await work;
      seen.push(
        Buffer.isBuffer(value)
          ? value.toString()
          : Array.isArray(value)
            ? value.map((item) => (item as Buffer | null)?.toString() ?? null)
            : value,
      );
    } catch (error) {
      seen.push((error as Error).message);
    }
  };
  await see(cluster.get("k"));
  await see(cluster.setIfNotExists("k", b("one"), 60_000));
  await see(cluster.setIfNotExists("k", b("two")));
  await see(cluster.replace("none", b("x")));
  await see(cluster.append("k", b("+"), -1));
  await see(cluster.setRange("k", 6, b("!"), -2));
  await see(cluster.getRange("k", -3, -1));
  await see(cluster.getAndSet("k", b("3")));
  await see(cluster.incrBy("k", 4, 1000));
  await see(cluster.decrBy("k", 10));
  await see(cluster.incrByFloat("k", 0.5));
  await see(cluster.incrBy("k", 1));
  await see(cluster.lpush("k", [b("x")]));
  await see(cluster.set("k", b("x"), 0));
  await see(cluster.mset(["m1", "m2"], [b("1"), b("2")], 5000));
  await see(cluster.mget(["m1", "none", "m2"]));
  await see(cluster.rpush("l", ["a", "x", "b", "x"].map(b), 5000));
  await see(cluster.lpush("l", ["2", "1"].map(b)));
  await see(cluster.lremLast("l", 1, b("x")));
  await see(cluster.linsertAfter("l", b("a"), b("a2")));
  await see(cluster.linsertBefore("l", b("none"), b("a2")));
  await see(cluster.lset("l", 99, b("z")));
  await see(cluster.lset("none", 0, b("z")));
  await see(cluster.ltrim("l", 1, -2));
  await see(cluster.lmove("l", "l2", "left", "right", 1000));
  await see(cluster.lrangeAll("l"));
  await see(cluster.lindex("l", -1));
  await see(cluster.lpop("none", 100));
  await see(cluster.sadd("s", ["a", "b", "a"].map(b), 100));
  await see(cluster.sadd("t", ["b"].map(b)));
  await see(cluster.sdiff(["s", "t"]));
  await see(cluster.sinterstore("u", ["s", "t"]));
  await see(cluster.smove("s", "u", b("a")));
  await see(cluster.sismember("u", b("a")));
  await see(cluster.scard("u"));
  await see(cluster.srandmember("none"));
  await see(cluster.spopN("u", 9).then((popped) => popped.sort(Buffer.compare)));
  await see(cluster.get("u"));
  await see(cluster.delete(["l", "l2", "none"]));
  return seen;
}

describe.skipIf(!hasRedis)("a cache on Redis", () => {
  let port = 0;
  let server: ChildProcess;
  let backend: RedisBackend;

  beforeAll(async () => {
    port = await freePort();
    server = spawn("redis-server", ["--port", String(port), "--save", "", "--appendonly", "no"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of server.stdout ?? []) if (String(line).includes("Ready to accept")) break;
    backend = new RedisBackend("c", { provider: "redis", url: `redis://127.0.0.1:${port}/1` });
  });
  afterAll(async () => {
    await backend.close();
    server.kill();
  });

  it("answers as the one in memory does, errors included", async () => {
    const inMemory = new MemoryBackend({ evictionPolicy: "noeviction" });
    const expected = await transcript(new CacheCluster("c", "p:", () => inMemory));
    expect(await transcript(new CacheCluster("c", "p:", () => backend))).toEqual(expected);
    expect(expected.filter((answer) => String(answer).includes("redis error"))).toHaveLength(5);
  });
});

describe("a cache whose Redis is away", () => {
  it("fails with its name within the time limit, and does not hang", async () => {
    const backend = new RedisBackend(
      "sessions",
      { provider: "redis", url: `redis://127.0.0.1:${await freePort()}/0` },
      500,
    );
    const cluster = new CacheCluster("sessions", "", () => backend);
    await expect(cluster.get("k")).rejects.toThrow(
      /the cache cluster sessions does not answer at 127\.0\.0\.1/,
    );
  });
});
