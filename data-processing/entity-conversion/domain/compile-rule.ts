import { createHash } from "node:crypto";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { EntityRef, FieldMapping, LookupMapping, RuleDefinition, RuleProblem } from "../types.js";
import { exprTypeOf, type TypedColumn } from "./column-sql.js";
import { constantText } from "./constants.js";
import type { RecordField } from "./expressions/expression.js";
import { columnOf, copyProblem, resultFits, sameType } from "./field-types.js";
import type { ConversionPlan, LookupPlan, TargetPlan, ValuePlan } from "./plan.js";
import { ProblemList } from "./rule-problems.js";

const maxMappings = 500;

/** The entities that a rule names, as discovery found them; undefined where there is none. */
interface RuleEntities {
  source: DiscoveredEntity | undefined;
  target: DiscoveredEntity | undefined;
  /** The entity of a lookup. */
  lookup: (ref: EntityRef) => DiscoveredEntity | undefined;
}

/** The entity that a lookup reads. */
export function lookupRef(definition: RuleDefinition, lookup: LookupMapping): EntityRef {
  return { dataSource: lookup.dataSource ?? definition.source.dataSource, entity: lookup.entity };
}

/**
 * Checks a rule against the schemas of its entities: every problem at once, or the plan that runs it. Entities that
 * are missing are reported by who looked for them; what depends on them is not checked.
 */
export function compileRule(
  rule: { ruleId: string; ruleVersion: number; definition: RuleDefinition },
  entities: RuleEntities,
): { plan?: ConversionPlan; problems: RuleProblem[] } {
  const compiler = new RuleCompiler(rule.definition, entities);
  const parts = compiler.compile();
  if (compiler.list.problems.length > 0 || !parts || !entities.source || !entities.target) {
    return { problems: compiler.list.problems };
  }
  return { plan: { ...rule, ...parts, source: entities.source, target: entities.target }, problems: [] };
}

class RuleCompiler {
  readonly list = new ProblemList();

  constructor(
    private readonly definition: RuleDefinition,
    private readonly entities: RuleEntities,
  ) {}

  compile(): Omit<ConversionPlan, "source" | "target" | "ruleId" | "ruleVersion" | "definition"> | undefined {
    const { definition, list } = this;
    const { source, target } = this.entities;
    if (definition.name.trim() === "" || definition.name.length > 200) {
      list.add("name", "bad_name", "A rule has a name of 1 to 200 characters.");
    }
    if (definition.mappings.length > maxMappings) {
      list.add("mappings", "too_many_mappings", `A rule has ${maxMappings} mappings at most.`);
      return undefined;
    }
    if (definition.mappings.length === 0)
      list.add("mappings", "no_mappings", "A rule needs at least one mapping.");
    const fields = source ? recordFields(source) : [];
    if (source && source.recordKey.length === 0) {
      list.add(
        "source.entity",
        "source_without_key",
        `"${definition.source.entity}" has no primary key and no unique key of required fields: its records cannot be told apart.`,
      );
    }
    if (target?.schema.kind === "view")
      list.add(
        "target.entity",
        "target_is_view",
        `"${definition.target.entity}" is a view: records are written to tables only.`,
      );
    const when =
      definition.when !== undefined && source ? list.condition("when", definition.when, fields) : undefined;
    this.checkTrigger(fields);
    const targets = definition.mappings.map((mapping, at) => this.target(mapping, `mappings[${at}]`, fields));
    this.checkTargets();
    const naturalKey = this.naturalKey();
    if (targets.some((plan) => plan === undefined) || !target || !source) return undefined;
    return {
      fields,
      when,
      targets: targets as TargetPlan[],
      naturalKey,
      targetKey: target.recordKey.length > 0 ? target.recordKey : definition.naturalKey,
      digest: this.digest(),
    };
  }

  private checkTrigger(fields: RecordField[]): void {
    const { condition, mode } = this.definition.trigger;
    if (condition === undefined) return;
    if (mode === "manual")
      this.list.add(
        "trigger.condition",
        "condition_without_trigger",
        "Only an automatic rule has a trigger condition.",
      );
    if (this.entities.source) this.list.condition("trigger.condition", condition, fields);
  }

  private target(mapping: FieldMapping, path: string, fields: RecordField[]): TargetPlan | undefined {
    const { target } = this.entities;
    const column = target && columnOf(target, mapping.target);
    if (target && !column) {
      this.list.add(
        `${path}.target`,
        "unknown_field",
        `"${this.definition.target.entity}" has no field "${mapping.target}".`,
      );
    }
    if (column?.field.generated) {
      this.list.add(
        `${path}.target`,
        "field_not_writable",
        `"${mapping.target}" is computed by the database and cannot be written.`,
      );
    }
    const given = (["column", "constant", "expression", "lookup"] as const).filter(
      (kind) => mapping[kind] !== undefined,
    );
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      const found = given.length === 0 ? "none of them is given" : `${given.join(" and ")} are given`;
      this.list.add(
        path,
        "bad_mapping",
        `A mapping has exactly one of column, constant, expression and lookup; ${found}.`,
      );
      return undefined;
    }
    const valuePath = `${path}.${kind}`;
    const value = this.value(mapping, valuePath, fields);
    if (!column || !value) return undefined;
    const { field } = column;
    return {
      field: field.name,
      kind: field.kind,
      column: column.column,
      nullable: field.nullable,
      path: valuePath,
      value,
    };
  }

  private value(mapping: FieldMapping, path: string, fields: RecordField[]): ValuePlan | undefined {
    if (mapping.column !== undefined) return this.copy(mapping.target, mapping.column, path);
    if (mapping.constant !== undefined) {
      const column = this.entities.target && columnOf(this.entities.target, mapping.target);
      const constant = column && constantText(mapping.constant, column);
      if (constant && "problem" in constant) this.list.add(path, "type_mismatch", constant.problem);
      return constant && "text" in constant ? { kind: "constant", text: constant.text } : undefined;
    }
    if (mapping.expression !== undefined) {
      if (!this.entities.source) return undefined;
      const expr = this.list.expression(path, mapping.expression, fields);
      const column = this.entities.target && columnOf(this.entities.target, mapping.target);
      if (expr && column && !resultFits(expr.type, column)) {
        this.list.add(
          path,
          "type_mismatch",
          `The expression is ${expr.type}, which cannot be written to ${column.field.dataType}.`,
        );
      }
      return expr && { kind: "expression", expr };
    }
    return mapping.lookup && this.lookup(mapping.target, mapping.lookup, path, fields);
  }

  private copy(targetName: string, sourceName: string, path: string): ValuePlan | undefined {
    const { source, target } = this.entities;
    const from = source && columnOf(source, sourceName);
    if (source && !from) {
      this.list.add(
        path,
        "unknown_field",
        `"${this.definition.source.entity}" has no field "${sourceName}".`,
      );
    }
    const to = target && columnOf(target, targetName);
    if (!from || !to) return undefined;
    const problem = copyProblem(from, to);
    if (problem) this.list.add(path, "type_mismatch", problem);
    return { kind: "copy", field: sourceName, sameType: sameType(from, to) };
  }

  private lookup(
    targetName: string,
    mapping: LookupMapping,
    path: string,
    fields: RecordField[],
  ): ValuePlan | undefined {
    const { list } = this;
    const ref = lookupRef(this.definition, mapping);
    const entity = this.entities.lookup(ref);
    const equals = this.entities.source
      ? list.expression(`${path}.equals`, mapping.equals, fields)
      : undefined;
    const to = this.entities.target && columnOf(this.entities.target, targetName);
    if (!entity) return undefined;
    const match = columnOf(entity, mapping.matchColumn);
    const value = columnOf(entity, mapping.valueColumn);
    if (!match)
      list.add(
        `${path}.matchColumn`,
        "unknown_field",
        `"${ref.entity}" has no field "${mapping.matchColumn}".`,
      );
    if (!value)
      list.add(
        `${path}.valueColumn`,
        "unknown_field",
        `"${ref.entity}" has no field "${mapping.valueColumn}".`,
      );
    if (match && !match.field.unique) {
      list.add(
        `${path}.matchColumn`,
        "lookup_not_unique",
        `"${mapping.matchColumn}" of "${ref.entity}" is not unique by itself, so that a lookup could find several records.`,
      );
    }
    const matchKind = match && lookupMatchKind(match);
    if (match && !matchKind) {
      list.add(
        `${path}.matchColumn`,
        "type_mismatch",
        `A lookup matches texts, integers and UUIDs; "${mapping.matchColumn}" is ${match.field.dataType}.`,
      );
    }
    if (equals && match && equals.type !== "null" && equals.type !== exprTypeOf(match.kind)) {
      list.add(
        `${path}.equals`,
        "type_mismatch",
        `The expression is ${equals.type}, but "${mapping.matchColumn}" is ${match.field.dataType}.`,
      );
    }
    if (!value || !to || !equals || !match || !matchKind) return undefined;
    const problem = copyProblem(value, to);
    if (problem) list.add(`${path}.valueColumn`, "type_mismatch", problem);
    const plan: LookupPlan = {
      dataSource: ref.dataSource,
      entity,
      matchColumn: mapping.matchColumn,
      matchKind,
      equals,
      valueColumn: mapping.valueColumn,
      valueSameType: sameType(value, to),
      onMiss: mapping.onMiss ?? "fail",
      defaultText: null,
    };
    if (mapping.default !== undefined && plan.onMiss !== "default") {
      list.add(`${path}.default`, "bad_mapping", 'A default is used with onMiss "default" only.');
    }
    if (plan.onMiss === "default") {
      const constant = constantText(mapping.default ?? null, to);
      if ("problem" in constant) list.add(`${path}.default`, "type_mismatch", constant.problem);
      else plan.defaultText = constant.text;
    }
    return { kind: "lookup", lookup: plan };
  }

  /** Each field is mapped once at most, and those that must have a value are mapped. */
  private checkTargets(): void {
    const { definition, list } = this;
    const seen = new Set<string>();
    for (const [at, { target }] of definition.mappings.entries()) {
      if (seen.has(target))
        list.add(`mappings[${at}].target`, "mapped_twice", `"${target}" is mapped more than once.`);
      seen.add(target);
    }
    for (const field of this.entities.target?.schema.fields ?? []) {
      if (field.nullable || field.hasDefault || field.generated || seen.has(field.name)) continue;
      list.add(
        "mappings",
        "required_field",
        `"${field.name}" of "${definition.target.entity}" must have a value and is not mapped.`,
      );
    }
  }

  private naturalKey(): number[] {
    const { definition, list } = this;
    const places = definition.naturalKey.map((field, at) => {
      const place = definition.mappings.findIndex((mapping) => mapping.target === field);
      if (place < 0)
        list.add(
          `naturalKey[${at}]`,
          "key_not_mapped",
          `"${field}" is part of the natural key and must be mapped.`,
        );
      return place;
    });
    const { target } = this.entities;
    const wanted = [...new Set(definition.naturalKey)].sort().join("\n");
    const keys = target?.schema.uniqueKeys.map((key) => key.fields) ?? [];
    if (definition.naturalKey.length === 0) {
      list.add(
        "naturalKey",
        "natural_key_missing",
        "A natural key is needed: the target fields that tell records apart.",
      );
    } else if (target && !keys.some((key) => [...key].sort().join("\n") === wanted)) {
      const known = keys.map((key) => key.join(" + ")).join("; ") || "none";
      list.add(
        "naturalKey",
        "natural_key_not_unique",
        `The natural key must be one of the unique keys of "${definition.target.entity}": ${known}.`,
      );
    }
    return places;
  }

  private digest(): string {
    const { target, naturalKey, mergePolicy, mappings } = this.definition;
    const meaning = { target, naturalKey, mergePolicy, fields: mappings.map((mapping) => mapping.target) };
    return createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, 32);
  }
}

function lookupMatchKind({ kind, column }: TypedColumn): LookupPlan["matchKind"] | undefined {
  if (column.baseType === "uuid") return "uuid";
  if (kind === "int") return "int";
  return ["text", "varchar", "bpchar"].includes(column.baseType) ? "string" : undefined;
}

/** The fields of an entity as expressions see them. */
export function recordFields(entity: DiscoveredEntity): RecordField[] {
  return entity.schema.fields.map((field) => ({ name: field.name, type: exprTypeOf(field.kind) }));
}
