import type { Operation, Schema } from "./api-document.js";
import type { Call } from "./call.js";
import { idIn, type TenantWorld } from "./tenant-world.js";

/** A place in a request where an id goes. */
export interface Slot {
  in: "path" | "query" | "body";
  /** Name of the parameter or of the innermost field. */
  name: string;
  /** Where in the body. */
  at: string[];
}

/** Values that fill a request in place of the caller's own. */
export type Filling = Map<Slot, string>;

const idName = /(?:^id|Id|[a-z]Key|^source|^dataSource|^entity|^slug|^email)$/;

/** Every place of an operation where an id, or another name of something, may be put. */
export function slotsOf(
  operation: Operation,
  world: TenantWorld,
  components: Record<string, Schema>,
): Slot[] {
  const isId = (name: string): boolean => name in world.ids || idName.test(name);
  const slots: Slot[] = [];
  for (const parameter of operation.parameters) {
    if (parameter.in === "path") slots.push({ in: "path", name: parameter.name, at: [] });
    if (parameter.in === "query" && isId(parameter.name))
      slots.push({ in: "query", name: parameter.name, at: [] });
  }
  const walk = (schema: Schema | undefined, at: string[]): void => {
    if (schema === undefined || at.length > 4) return;
    const resolved = resolve(schema, components);
    for (const [name, inner] of Object.entries((resolved.properties ?? {}) as Record<string, Schema>)) {
      const type = resolve(inner, components).type;
      if (type === "string" && isId(name)) slots.push({ in: "body", name, at: [...at, name] });
      if (type === "object") walk(inner, [...at, name]);
    }
  };
  walk(operation.body, []);
  return slots;
}

/** A schema with its reference followed. */
export function resolve(schema: Schema, components: Record<string, Schema>): Schema {
  if (typeof schema.$ref !== "string") return schema;
  return components[schema.$ref.replace("#/components/schemas/", "")] ?? schema;
}

/** A request of `world` that its owner would make, but for the slots that `filling` fills otherwise. */
export function requestOf(operation: Operation, world: TenantWorld, filling: Filling = new Map()): Call {
  const filled = (place: Slot["in"], name: string): string | undefined => {
    for (const [slot, value] of filling) if (slot.in === place && slot.name === name) return value;
    return undefined;
  };
  let path = operation.path;
  const query = new URLSearchParams();
  for (const { name, in: place, required } of operation.parameters) {
    if (place === "path") {
      const value = filled("path", name) ?? idIn(world, operation, name) ?? "none";
      path = path.replace(`{${name}}`, encodeURIComponent(value));
    }
    if (place === "query") {
      const value = filled("query", name) ?? (required ? idIn(world, operation, name) : undefined);
      if (value !== undefined) query.set(name, value);
    }
  }
  const suffix = query.size > 0 ? `?${query}` : "";
  if (operation.body === undefined) return { method: operation.method, path: path + suffix };
  const body = structuredClone(world.bodies[operation.name] ?? {});
  for (const [slot, value] of filling) if (slot.in === "body") put(body, slot.at, value);
  return { method: operation.method, path: path + suffix, body };
}

function put(body: Record<string, unknown>, at: string[], value: string): void {
  let inner = body;
  for (const name of at.slice(0, -1)) {
    if (typeof inner[name] !== "object" || inner[name] === null) inner[name] = {};
    inner = inner[name] as Record<string, unknown>;
  }
  inner[at.at(-1)!] = value;
}
