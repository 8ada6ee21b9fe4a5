import { expect, it } from "vitest";
import { proveNothingLost } from "../prove-nothing-lost.ts";

it("no event is lost and none takes effect twice while processes and Postgres are killed", {
  timeout: 400_000,
}, async () => {
  const report = await proveNothingLost({
    conversions: 1_200,
    kills: 4,
    everySeconds: 3,
    seed: 7,
    patienceSeconds: 180,
    log: () => {},
  });
  expect(report.wrong).toEqual([]);
});
