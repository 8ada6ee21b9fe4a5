import { describe, expect, it } from "vitest";
import { BatchedCalls } from "./batched-calls.js";

/** Doubles numbers, fails for a batch with `bad` in it, and remembers its batches. */
function doubling(options: { most?: number; bad?: number; separately?: boolean; gather?: boolean } = {}) {
  const batches: number[][] = [];
  const calls = new BatchedCalls<number, number>({
    most: options.most ?? 10,
    separately: options.separately,
    gather: options.gather,
    run: async (items) => {
      batches.push(items);
      await Promise.resolve();
      if (options.bad !== undefined && items.includes(options.bad)) throw new Error("bad");
      return items.map((item) => item * 2);
    },
  });
  return { calls, batches };
}

describe("batched calls", () => {
  it("runs together what comes while a batch is under way, each with its own result", async () => {
    const { calls, batches } = doubling();
    expect(await Promise.all([1, 2, 3].map((item) => calls.call(item)))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1], [2, 3]]);
    expect(await calls.call(4)).toBe(8);
  });

  it("runs together what comes in one turn of the event loop, where it gathers", async () => {
    const { calls, batches } = doubling({ gather: true });
    const later = async (item: number) => {
      await Promise.resolve();
      return await calls.call(item);
    };
    expect(await Promise.all([calls.call(1), later(2), calls.call(3)])).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 3, 2]]);
  });

  it("keeps batches small", async () => {
    const { calls, batches } = doubling({ most: 2 });
    await Promise.all([1, 2, 3, 4].map((item) => calls.call(item)));
    expect(batches).toEqual([[1], [2, 3], [4]]);
  });

  it("fails for all of a batch, or where asked to for the bad one alone, and goes on", async () => {
    const outcomes = async (separately: boolean) => {
      const { calls } = doubling({ bad: 2, separately });
      const settled = await Promise.allSettled([1, 2, 3].map((item) => calls.call(item)));
      expect(await calls.call(5)).toBe(10);
      return settled.map(({ status }) => status);
    };
    expect(await outcomes(false)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await outcomes(true)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});
