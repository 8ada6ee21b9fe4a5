import type TS from "typescript";
import type { Type } from "../types/type.js";
import { literalName } from "../types/type.js";
import { addBind, docOf } from "./bind.js";
import { objectIn } from "./describe-endpoint.js";
import { objectOf, Unreadable } from "./literals.js";
import { readMade } from "./named-class.js";
import { nameProblem } from "./names.js";
import { importedAs } from "./references.js";
import type { Pass } from "./resource.js";

const PACKAGE = "encore.dev/metrics";
const CLASSES = ["Counter", "CounterGroup", "Gauge", "GaugeGroup"];
const config = objectOf({});

/** Reads `new Counter("name")`, `new GaugeGroup<Labels>("name")` and the like. */
export function readMetrics(pass: Pass): void {
  const { module } = pass;
  const classes = importedAs(module, PACKAGE, CLASSES);
  readMade(pass, PACKAGE, { classes: CLASSES, config }, ({ use, node, binding, name }) => {
    const problem = nameProblem(name, "_", "e_");
    if (problem !== undefined) {
      throw new Unreadable(node, {
        code: "metric-name",
        message: `The metric name \`${name}\` is not valid: ${problem}.`,
        fix: "Use lower-case letters, digits and underscores, such as `orders_total`.",
      });
    }
    addBind(pass, node, binding, {
      kind: "metric",
      name,
      module,
      node,
      ...docOf(pass, node),
      metricKind: classes.get(use.text)?.startsWith("Counter") ? "counter" : "gauge",
      labels: readLabels(pass, node.typeArguments?.[0]),
    });
  });
}

function readLabels(pass: Pass, node: TS.TypeNode | undefined): string[] {
  if (!node) return [];
  const { resolver, module } = pass;
  const fields = objectIn(resolver, resolver.resolve(module, node))?.fields ?? [];
  return fields.flatMap((field) => {
    const label = snakeCase(field.name);
    const refuse = (message: string) => {
      pass.diagnostics.error(field.spot ?? { module, node }, {
        code: "metric-label",
        message,
        fix: "Labels are strings, numbers or booleans; `service` is added by the host.",
      });
      return [];
    };
    if (label === "service") return refuse("The label name `service` is reserved.");
    if (!labelKind(field.type))
      return refuse(`The label \`${field.name}\` has a type that labels cannot have.`);
    return [label];
  });
}

/** The one basic type that all values of a label have. */
function labelKind(type: Type): string | undefined {
  if (type.kind === "literal") {
    const name = literalName(type.value);
    return name === "bigint" ? "number" : name;
  }
  if (type.kind === "basic")
    return ["string", "number", "boolean"].includes(type.name) ? type.name : undefined;
  if (type.kind !== "union") return undefined;
  const kinds = new Set(type.members.map(labelKind));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

function snakeCase(name: string): string {
  return name
    .replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])|([a-zA-Z])(\d)|(\d)([a-zA-Z])/g, "$1$3$5$7_$2$4$6$8")
    .replace(/[-\s]/g, "_")
    .toLowerCase();
}
