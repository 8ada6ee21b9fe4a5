import { expect, it } from "vitest";
import type { AutomaticRule } from "./active-rules.js";
import { circleWarning, findCircle } from "./find-circle.js";

function rule(id: string, source: string, target: string, more: object = {}): AutomaticRule {
  return {
    id,
    version: 1,
    definition: {
      name: id,
      source: { dataSource: "workspace", entity: source },
      target: { dataSource: "workspace", entity: target },
      naturalKey: ["id"],
      mergePolicy: "overwrite",
      mappings: [],
      trigger: { mode: "automatic" },
      ...more,
    },
  };
}

it("finds the shortest circle, also by related records and fields that are written back", () => {
  const a = rule("a", "deals", "orders");
  const b = rule("b", "orders", "invoices", { related: [{ entity: "letters" }] });
  const c = rule("c", "letters", "archive");
  expect(findCircle(a, [b, c])).toEqual([]);
  const back = rule("back", "letters", "deals");
  expect(findCircle(a, [b, c, back]).map(({ id }) => id)).toEqual(["a", "b", "back"]);
  const writesBack = rule("w", "orders", "archive", { writeBack: [{ field: "done" }] });
  const same = rule("s", "orders", "orders");
  expect(findCircle(writesBack, [same]).map(({ id }) => id)).toEqual(["w", "s"]);
});

it("takes a rule's own writes for no circle, nor an entity of that name in another data source", () => {
  expect(findCircle(rule("a", "deals", "deals"), [])).toEqual([]);
  const elsewhere = rule("b", "orders", "deals", { target: { dataSource: "crm", entity: "deals" } });
  expect(findCircle(rule("a", "deals", "orders"), [elsewhere])).toEqual([]);
});

it("names the rules of the circle", () => {
  const warning = circleWarning(rule("a", "deals", "orders"), [rule("b", "orders", "public.deals")]);
  expect(warning).toContain('"a" → "b" → "a"');
});
