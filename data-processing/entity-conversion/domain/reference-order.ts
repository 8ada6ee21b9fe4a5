import type { RuleProblem } from "../types.js";
import type { PartSource } from "./compile-part.js";

/**
 * The records of a rule in an order in which each comes after those it refers to. A record that refers to itself, by
 * way of others or at once, is a problem: its key would have to be known before it is made.
 */
export function referenceOrder(parts: readonly Pick<PartSource, "name" | "path" | "mappings">[]): {
  order: number[];
  problems: RuleProblem[];
} {
  const order: number[] = [];
  const problems: RuleProblem[] = [];
  const done = new Set<number>();
  const visit = (at: number, trail: readonly number[]): void => {
    if (done.has(at)) return;
    for (const [place, mapping] of parts[at]!.mappings.entries()) {
      const next = parts.findIndex((part) => part.name === mapping.reference);
      if (mapping.reference === undefined || next < 0) continue;
      const cycle = [...trail, at];
      if (!cycle.includes(next)) {
        visit(next, cycle);
        continue;
      }
      const names = [...cycle.slice(cycle.indexOf(next)), next].map((each) => parts[each]!.name);
      problems.push({
        path: `${parts[at]!.path}mappings[${place}].reference`,
        code: "reference_cycle",
        message: `The references go in a circle: ${names.join(" → ")}.`,
      });
    }
    done.add(at);
    order.push(at);
  };
  for (const at of parts.keys()) visit(at, []);
  return { order, problems };
}
