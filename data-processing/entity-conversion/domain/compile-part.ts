import { createHash } from "node:crypto";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { EntityRef, FieldMapping, MergePolicy } from "../types.js";
import { compileValue, type ValueContext } from "./compile-values.js";
import { constantText } from "./constants.js";
import { columnOf, copyProblem, sameType } from "./field-types.js";
import type { PartPlan, TargetPlan, ValuePlan } from "./plan.js";

/** What a rule says of one record that it makes, and the entity as discovery found it. */
export interface PartSource {
  /** Name that references use. */
  name: string;
  /** Path of its members in the rule: `related[0].`, or empty for the rule's target. */
  path: string;
  ref: EntityRef;
  entity: DiscoveredEntity | undefined;
  naturalKey: string[];
  mergePolicy: MergePolicy;
  when?: string;
  mappings: FieldMapping[];
}

const kinds = ["column", "constant", "expression", "lookup", "reference"] as const;

/** Compiles one record that a rule makes: its values, in the order of the mappings, and what identifies it. */
export class PartCompiler {
  constructor(
    private readonly context: ValueContext,
    private readonly parts: readonly PartSource[],
    private readonly part: PartSource,
  ) {}

  /** Undefined where something is wrong with it; then the context's list tells what. */
  compile(at: number, firstPlace: number): { plan: PartPlan; targets: TargetPlan[] } | undefined {
    const { context, part } = this;
    const { list } = context;
    const before = list.problems.length;
    this.checkEntity();
    if (part.mappings.length === 0)
      list.add(`${part.path}mappings`, "no_mappings", "At least one mapping is needed.");
    const when =
      part.when !== undefined && at > 0 && context.source
        ? list.condition(`${part.path}when`, part.when, context.fields)
        : undefined;
    const targets = part.mappings.map((mapping, place) =>
      this.target(mapping, `${part.path}mappings[${place}]`, at),
    );
    this.checkTargets();
    const naturalKey = this.naturalKey().map((place) => place + firstPlace);
    if (list.problems.length > before || targets.some((plan) => plan === undefined) || !part.entity)
      return undefined;
    const plan: PartPlan = {
      name: at === 0 ? "" : part.name,
      path: part.path,
      entity: part.entity,
      mergePolicy: part.mergePolicy,
      when,
      places: targets.map((_, place) => place + firstPlace),
      naturalKey,
      targetKey: keyFields(part),
      digest: this.digest(),
    };
    return { plan, targets: targets as TargetPlan[] };
  }

  private checkEntity(): void {
    const { part } = this;
    if (part.entity?.schema.kind === "view")
      this.context.list.add(
        part.path === "" ? "target.entity" : `${part.path}entity`,
        "target_is_view",
        `"${part.ref.entity}" is a view: records are written to tables only.`,
      );
  }

  private target(mapping: FieldMapping, path: string, at: number): TargetPlan | undefined {
    const { part, context } = this;
    const { list } = context;
    const column = part.entity && columnOf(part.entity, mapping.target);
    if (part.entity && !column)
      list.add(`${path}.target`, "unknown_field", `"${part.ref.entity}" has no field "${mapping.target}".`);
    if (column?.field.generated) {
      list.add(
        `${path}.target`,
        "field_not_writable",
        `"${mapping.target}" is computed by the database and cannot be written.`,
      );
    }
    const given = kinds.filter((kind) => mapping[kind] !== undefined);
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      const found = given.length === 0 ? "none of them is given" : `${given.join(" and ")} are given`;
      list.add(
        path,
        "bad_mapping",
        `A mapping has exactly one of column, constant, expression, lookup and reference; ${found}.`,
      );
      return undefined;
    }
    const valuePath = `${path}.${kind}`;
    const value =
      mapping.reference === undefined
        ? compileValue(context, mapping, valuePath, column)
        : compileReference(
            context,
            this.parts,
            { ...mapping, reference: mapping.reference },
            valuePath,
            column,
          );
    const errorText = this.errorText(mapping, path, column);
    if (!column || !value) return undefined;
    const { field } = column;
    return {
      part: at,
      field: field.name,
      kind: field.kind,
      column: column.column,
      nullable: field.nullable,
      path: valuePath,
      value,
      onError: mapping.onError ?? "fail",
      errorText,
    };
  }

  /** Checks the error policy; the text of its default value, if it has one. */
  private errorText(mapping: FieldMapping, path: string, to: ReturnType<typeof columnOf>): string | null {
    const { list } = this.context;
    const policy = mapping.onError ?? "fail";
    const mayFail = [mapping.column, mapping.expression, mapping.lookup].some((each) => each !== undefined);
    if (policy !== "fail" && !mayFail)
      list.add(
        `${path}.onError`,
        "bad_mapping",
        "An error policy is for a column, an expression or a lookup.",
      );
    if (policy !== "default") {
      if (mapping.default !== undefined)
        list.add(`${path}.default`, "bad_mapping", 'A default is used with onError "default" only.');
      return null;
    }
    const constant = to && constantText(mapping.default ?? null, to);
    if (constant && "problem" in constant) list.add(`${path}.default`, "type_mismatch", constant.problem);
    return constant && "text" in constant ? constant.text : null;
  }

  /** Each field is mapped once at most, and those that must have a value are mapped. */
  private checkTargets(): void {
    const { part } = this;
    const { list } = this.context;
    const seen = new Set<string>();
    for (const [at, { target }] of part.mappings.entries()) {
      if (seen.has(target))
        list.add(
          `${part.path}mappings[${at}].target`,
          "mapped_twice",
          `"${target}" is mapped more than once.`,
        );
      seen.add(target);
    }
    for (const field of part.entity?.schema.fields ?? []) {
      if (field.nullable || field.hasDefault || field.generated || seen.has(field.name)) continue;
      list.add(
        `${part.path}mappings`,
        "required_field",
        `"${field.name}" of "${part.ref.entity}" must have a value and is not mapped.`,
      );
    }
  }

  private naturalKey(): number[] {
    const { part } = this;
    const { list } = this.context;
    const places = part.naturalKey.map((field, at) => {
      const place = part.mappings.findIndex((mapping) => mapping.target === field);
      if (place < 0)
        list.add(
          `${part.path}naturalKey[${at}]`,
          "key_not_mapped",
          `"${field}" is part of the natural key and must be mapped.`,
        );
      return place;
    });
    const { entity } = part;
    const wanted = [...new Set(part.naturalKey)].sort().join("\n");
    const keys = entity?.schema.uniqueKeys.map((key) => key.fields) ?? [];
    if (part.naturalKey.length === 0) {
      list.add(
        `${part.path}naturalKey`,
        "natural_key_missing",
        "A natural key is needed: the target fields that tell records apart.",
      );
    } else if (entity && !keys.some((key) => [...key].sort().join("\n") === wanted)) {
      const known = keys.map((key) => key.join(" + ")).join("; ") || "none";
      list.add(
        `${part.path}naturalKey`,
        "natural_key_not_unique",
        `The natural key must be one of the unique keys of "${part.ref.entity}": ${known}.`,
      );
    }
    return places;
  }

  private digest(): string {
    const { ref, naturalKey, mergePolicy, mappings } = this.part;
    const meaning = {
      target: ref,
      naturalKey,
      mergePolicy,
      fields: mappings.map((mapping) => mapping.target),
    };
    return createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, 32);
  }
}

/** Columns that identify a record of the part. */
export function keyFields({ entity, naturalKey }: PartSource): string[] {
  return entity && entity.recordKey.length > 0 ? entity.recordKey : naturalKey;
}

/** The value that is a key field of another record of the same step. */
export function compileReference(
  { list }: Pick<ValueContext, "list">,
  parts: readonly PartSource[],
  mapping: { reference: string; referenceField?: string },
  path: string,
  to: ReturnType<typeof columnOf>,
): ValuePlan | undefined {
  const place = parts.findIndex((part) => part.name === mapping.reference);
  const part = parts[place];
  if (!part) {
    const known = parts.map((each) => each.name).join(", ");
    list.add(
      path,
      "unknown_reference",
      `No record of this rule is named "${mapping.reference}": there are ${known}.`,
    );
    return undefined;
  }
  if (!part.entity) return undefined;
  const key = keyFields(part);
  const name = mapping.referenceField ?? (key.length === 1 ? key[0] : undefined);
  const keyAt = name === undefined ? -1 : key.indexOf(name);
  if (keyAt < 0) {
    list.add(
      path,
      "bad_reference",
      `The key of "${part.ref.entity}" is ${key.join(" + ")}: referenceField must be ${key.length === 1 ? "it" : "one of them"}.`,
    );
    return undefined;
  }
  const from = columnOf(part.entity, key[keyAt]!);
  if (!from || !to) return undefined;
  const problem = copyProblem(from, to);
  if (problem) list.add(path, "type_mismatch", problem);
  return { kind: "reference", part: place, keyAt, sameType: sameType(from, to) };
}
