import { describe, expect, it } from "vitest";
import { StatementHistory } from "./statement-history.js";

describe("the lane of a statement", () => {
  it("is shared once it was quick and small, and stays so when the connection was busy", () => {
    const history = new StatementHistory();
    expect(history.laneOf("q")).toBeUndefined();
    history.record("q", { large: false, ms: 3 });
    expect(history.laneOf("q")).toBe("shared");
    history.record("q", { large: false, ms: 3000 });
    expect(history.laneOf("q")).toBe("shared");
  });

  it("is apart for ever after a large result, and as long as it is slow by itself", () => {
    const history = new StatementHistory();
    history.record("large", { large: true, ms: 3 });
    history.record("large", { large: false, ms: 3 });
    expect(history.laneOf("large")).toBe("apart");
    history.record("slow", { large: false, ms: 3000 });
    expect(history.laneOf("slow")).toBe("apart");
    history.record("slow", { large: false, ms: 3 });
    expect(history.laneOf("slow")).toBe("shared");
  });

  it("is forgotten when too many other statements came since", () => {
    const history = new StatementHistory();
    history.record("old", { large: false, ms: 1 });
    for (let i = 0; i < 1000; i++) history.record(`q${i}`, { large: false, ms: 1 });
    expect(history.laneOf("old")).toBeUndefined();
    expect(history.laneOf("q999")).toBe("shared");
  });
});
