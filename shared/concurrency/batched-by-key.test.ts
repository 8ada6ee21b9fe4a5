import { expect, it } from "vitest";
import { BatchedByKey } from "./batched-by-key.js";

it("does together what comes for one key, and never lets another key wait for it", async () => {
  const batches: string[][] = [];
  const first = Promise.withResolvers<void>();
  const batched = new BatchedByKey<string, string>({
    most: 10,
    run: async (items) => {
      batches.push(items);
      if (items[0] === "a1") await first.promise;
      return items.map((item) => `${item} done`);
    },
  });
  const slow = ["a1", "a2", "a3"].map((item) => batched.call("a", item));
  expect(await batched.call("b", "b1")).toBe("b1 done");
  first.resolve();
  expect(await Promise.all(slow)).toEqual(["a1 done", "a2 done", "a3 done"]);
  expect(batches).toEqual([["a1"], ["b1"], ["a2", "a3"]]);
});
