import type { AppModel, Field, TypeSchema } from "../../model/app-model.js";
import { isVisible, propertyName } from "./type-text.js";

/** Finds and turns the ISO texts of a message into `Date` objects, guided by a shape: see `DateShapes`. */
export const CLIENT_DATES = `/** Where dates are in a value; absent where there are none. */
type Shape =
  | { date: true }
  | { list: () => Shape | undefined }
  | { map: () => Shape | undefined }
  | { fields: Record<string, () => Shape | undefined>; required: string[]; constants: Record<string, unknown> }
  | { oneOf: (() => Shape | undefined)[] };

/** Turns the dates of a value, sent as text, into Date objects. */
function reviveDates(value: any, shape: Shape | undefined): any {
  if (shape === undefined || value === null || value === undefined) return value;
  if ("date" in shape) return typeof value === "string" ? new Date(value) : value;
  if ("list" in shape) return Array.isArray(value) ? value.map((item) => reviveDates(item, shape.list())) : value;
  if ("oneOf" in shape) return reviveDates(value, shape.oneOf.map((member) => member()).find((member) => fitsShape(value, member)));
  if (!isRecord(value)) return value;
  if ("map" in shape) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reviveDates(item, shape.map())]));
  }
  const revived = { ...value };
  for (const [name, field] of Object.entries(shape.fields)) if (name in revived) revived[name] = reviveDates(revived[name], field());
  return revived;
}

/** Whether a value can be the member of a union that a shape stands for. */
function fitsShape(value: unknown, shape: Shape | undefined): boolean {
  if (shape === undefined) return false;
  if ("date" in shape) return typeof value === "string" && /^\\d{4}-\\d\\d-\\d\\dT/.test(value);
  if ("list" in shape) return Array.isArray(value);
  if ("oneOf" in shape) return shape.oneOf.some((member) => fitsShape(value, member()));
  if (!isRecord(value)) return false;
  if ("map" in shape) return true;
  return (
    shape.required.every((name) => name in value) &&
    Object.entries(shape.constants).every(([name, constant]) => value[name] === undefined || value[name] === constant)
  );
}

function isRecord(value: unknown): value is Record<string, any> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
`;

/** Writes, for types that hold dates, where those are. Named types become functions, since they may refer to themselves. */
export class DateShapes {
  private readonly dated: Set<string>;
  private readonly used = new Map<string, string>();

  constructor(private readonly model: AppModel) {
    this.dated = typesWithDates(model);
  }

  /** The shape of a type as an expression, or `undefined` when it holds no dates. */
  of(schema: TypeSchema): string | undefined {
    if (!holdsDate(schema, this.dated)) return undefined;
    switch (schema.kind) {
      case "array":
        return `{ list: ${thunk(this.of(schema.element))} }`;
      case "map":
        return `{ map: ${thunk(this.of(schema.value))} }`;
      case "object":
        return this.object(schema.fields);
      case "union":
        return `{ oneOf: [${schema.members.map((member) => thunk(this.unionMember(member))).join(", ")}] }`;
      case "ref":
        return `${this.functionFor(schema.type)}()`;
      default:
        return "{ date: true }";
    }
  }

  /** The functions for the named types used so far, and those that they use. */
  declarations(): string {
    let text = "";
    for (const [id, name] of this.used) {
      text += `function ${name}(): Shape | undefined {\n  return ${this.of(this.model.types[id]!.type)};\n}\n\n`;
    }
    return text;
  }

  private functionFor(id: string): string {
    const known = this.used.get(id);
    if (known) return known;
    const name = `dateShape${this.used.size + 1}`;
    this.used.set(id, name);
    return name;
  }

  /** In a union, members without dates have to be told from those with them. */
  private unionMember(schema: TypeSchema): string | undefined {
    const target = schema.kind === "ref" ? this.model.types[schema.type]?.type : schema;
    if (target?.kind === "object" && !holdsDate(schema, this.dated)) return this.object(target.fields);
    return this.of(schema);
  }

  private object(fields: Field[]): string {
    const visible = fields.filter(isVisible);
    const dated = visible
      .map((field) => [field.name, this.of(field.type)] as const)
      .filter(([, shape]) => shape !== undefined)
      .map(([name, shape]) => `${propertyName(name)}: ${thunk(shape)}`);
    const required = visible
      .filter((field) => !field.optional && !field.wire)
      .map((field) => JSON.stringify(field.name));
    const constants = visible.flatMap((field) =>
      field.type.kind === "literal"
        ? [`${propertyName(field.name)}: ${JSON.stringify(field.type.value)}`]
        : [],
    );
    return `{ fields: { ${dated.join(", ")} }, required: [${required.join(", ")}], constants: { ${constants.join(", ")} } }`;
  }
}

/** Shapes are looked up when needed: they may be recursive. */
function thunk(shape: string | undefined): string {
  return `() => (${shape})`;
}

/** The named types in which a date can occur, however deep. */
function typesWithDates(model: AppModel): Set<string> {
  const dated = new Set<string>();
  for (let before = -1; dated.size !== before; ) {
    before = dated.size;
    for (const type of Object.values(model.types)) if (holdsDate(type.type, dated)) dated.add(type.id);
  }
  return dated;
}

function holdsDate(schema: TypeSchema, dated: Set<string>): boolean {
  switch (schema.kind) {
    case "basic":
      return schema.type === "date";
    case "array":
      return holdsDate(schema.element, dated);
    case "map":
      return holdsDate(schema.value, dated);
    case "object":
      return schema.fields.some((field) => holdsDate(field.type, dated));
    case "union":
      return schema.members.some((member) => holdsDate(member, dated));
    case "ref":
      return dated.has(schema.type);
    default:
      return false;
  }
}
