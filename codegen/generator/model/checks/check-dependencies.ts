import type { Report } from "../diagnostics.js";
import type { ProjectModel, ServiceModel } from "../schema.js";

/** Who calls whom: known services and operations, and no circle of calls that wait for each other. */
export function checkDependencies({ services }: ProjectModel, report: Report): void {
  for (const [index, service] of services.entries()) {
    const seen = new Set<string>();
    for (const [at, { service: name, operations }] of service.dependsOn.entries()) {
      const path = ["services", index, "dependsOn", at];
      const callee = services.find((each) => each.name === name);
      if (name === service.name) {
        report({
          code: "self_dependency",
          path,
          message: "a service cannot depend on itself",
          fix: "Remove it: its own code is at hand.",
        });
      } else if (callee === undefined) {
        report({
          code: "unknown_service",
          path,
          message: `no service "${name}"`,
          fix: `Choose one of ${services.map((each) => each.name).join(", ")}, or add it.`,
        });
      } else if (seen.has(name)) {
        report({
          code: "duplicate_name",
          path,
          message: `"${name}" stands here already`,
          fix: "Give all its operations in one place.",
        });
      }
      seen.add(name);
      if (callee !== undefined) checkCalled(callee, operations ?? [], path, report);
    }
  }
  for (const circle of circles(services)) {
    const index = services.findIndex((service) => service.name === circle[0]);
    report({
      code: "call_cycle",
      path: ["services", index, "dependsOn"],
      message: `calls go round: ${[...circle, circle[0]].join(" → ")}`,
      fix: "Replace one of these calls by an event.",
    });
  }
}

/** The operations that others may call: `Product.get`, `reserveStock`. */
export function callableOperations(service: ServiceModel): string[] {
  return [
    ...service.entities.flatMap((entity) =>
      entity.operations.map((operation) => `${entity.name}.${operation}`),
    ),
    ...service.operations.map((operation) => operation.name),
  ];
}

function checkCalled(
  callee: ServiceModel,
  operations: readonly string[],
  path: readonly PropertyKey[],
  report: Report,
): void {
  const callable = callableOperations(callee);
  for (const [index, operation] of operations.entries()) {
    if (callable.includes(operation)) continue;
    report({
      code: "unknown_operation",
      path: [...path, "operations", index],
      message: `the service "${callee.name}" has no operation "${operation}"`,
      fix:
        callable.length === 0
          ? "Give it operations first."
          : `Choose one of ${callable.slice(0, 20).join(", ")}.`,
    });
  }
}

/** Circles of calls, each once, by Tarjan's algorithm: services that reach each other. */
function circles(services: readonly ServiceModel[]): string[][] {
  const calls = new Map(
    services.map((service) => [service.name, service.dependsOn.map((each) => each.service)]),
  );
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (name: string): void => {
    order.set(name, order.size);
    low.set(name, order.get(name)!);
    stack.push(name);
    for (const next of calls.get(name) ?? []) {
      if (!calls.has(next) || next === name) continue;
      if (!order.has(next)) {
        visit(next);
        low.set(name, Math.min(low.get(name)!, low.get(next)!));
      } else if (stack.includes(next)) {
        low.set(name, Math.min(low.get(name)!, order.get(next)!));
      }
    }
    if (low.get(name) !== order.get(name)) return;
    const members = stack.splice(stack.indexOf(name));
    if (members.length > 1) found.push(members);
  };
  for (const name of calls.keys()) if (!order.has(name)) visit(name);
  return found;
}
