import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { EntityRef, RelatedRecord, RuleDefinition, RuleProblem, WriteBackMapping } from "../types.js";
import { exprTypeOf } from "./column-sql.js";
import { compileReference, PartCompiler, type PartSource } from "./compile-part.js";
import { compileValue, type ValueContext } from "./compile-values.js";
import type { RecordField } from "./expressions/expression.js";
import { columnOf } from "./field-types.js";
import type { ConversionPlan, PartPlan, TargetPlan } from "./plan.js";
import { writeBackPart } from "./plan.js";
import { referenceOrder } from "./reference-order.js";
import { tooLarge } from "./rule-limits.js";
import { ProblemList } from "./rule-problems.js";
import { checkTrigger } from "./trigger-condition.js";

/** The entities that a rule names, as discovery found them; undefined where there is none. */
interface RuleEntities {
  source: DiscoveredEntity | undefined;
  target: DiscoveredEntity | undefined;
  /** The entity of a lookup or of a related record. */
  other: (ref: EntityRef) => DiscoveredEntity | undefined;
}

/** The entity of a related record: it lies in the data source of the rule's target. */
export function relatedRef(definition: RuleDefinition, related: Pick<RelatedRecord, "entity">): EntityRef {
  return { dataSource: definition.target.dataSource, entity: related.entity };
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
  const compiled = compiler.compile();
  if (compiler.list.problems.length > 0 || !compiled || !entities.source || !entities.target) {
    return { problems: compiler.list.problems };
  }
  return { plan: { ...rule, ...compiled, source: entities.source, target: entities.target }, problems: [] };
}

class RuleCompiler {
  readonly list = new ProblemList();

  constructor(
    private readonly definition: RuleDefinition,
    private readonly entities: RuleEntities,
  ) {}

  compile(): Pick<ConversionPlan, "fields" | "when" | "targets" | "parts" | "order"> | undefined {
    const { definition, list } = this;
    const { source } = this.entities;
    if (definition.name.trim() === "" || definition.name.length > 200) {
      list.add("name", "bad_name", "A rule has a name of 1 to 200 characters.");
    }
    list.problems.push(...tooLarge(definition));
    if (list.problems.some(({ code }) => code.startsWith("too_"))) return undefined;
    const fields = source ? recordFields(source) : [];
    if (source && source.recordKey.length === 0) {
      list.add(
        "source.entity",
        "source_without_key",
        `"${definition.source.entity}" has no primary key and no unique key of required fields: its records cannot be told apart.`,
      );
    }
    const when =
      definition.when !== undefined && source ? list.condition("when", definition.when, fields) : undefined;
    checkTrigger(list, definition.trigger, source && fields);
    const sources = this.parts();
    const context: ValueContext = {
      list,
      definition,
      source,
      fields,
      lookup: this.entities.other,
      writes: (ref) =>
        sources.some((part) => part.ref.dataSource === ref.dataSource && part.ref.entity === ref.entity),
    };
    const { order, problems } = referenceOrder(sources);
    list.problems.push(...problems);
    const parts: PartPlan[] = [];
    const targets: TargetPlan[] = [];
    let place = 0;
    for (const [at, part] of sources.entries()) {
      const compiled = new PartCompiler(context, sources, part).compile(at, place);
      place += part.mappings.length;
      if (!compiled) continue;
      parts.push(compiled.plan);
      targets.push(...compiled.targets);
    }
    targets.push(...this.writeBack(context, sources));
    const [main, ...related] = parts;
    return main && { fields, when, targets, parts: [main, ...related], order };
  }

  private parts(): PartSource[] {
    const { definition, list } = this;
    const { target, naturalKey, mergePolicy, mappings } = definition;
    const main = { ref: target, entity: this.entities.target, naturalKey, mergePolicy, mappings };
    const names = new Set(["main"]);
    const related = (definition.related ?? []).map((record, at): PartSource => {
      const path = `related[${at}].`;
      if (!/^[A-Za-z][A-Za-z0-9_]{0,49}$/.test(record.name) || record.name === "main")
        list.add(
          `${path}name`,
          "bad_name",
          'A related record is named by a letter and up to 49 letters, digits and "_"; "main" is the rule\'s target.',
        );
      else if (names.has(record.name))
        list.add(`${path}name`, "named_twice", `Two related records are named "${record.name}".`);
      names.add(record.name);
      const ref = relatedRef(definition, record);
      return { ...record, path, ref, entity: this.entities.other(ref) };
    });
    return [{ ...main, name: "main", path: "" }, ...related];
  }

  private writeBack(context: ValueContext, parts: readonly PartSource[]): TargetPlan[] {
    const { definition, list } = this;
    const mappings = definition.writeBack ?? [];
    const { source } = this.entities;
    if (mappings.length === 0 || !source) return [];
    if (source.schema.kind === "view")
      list.add(
        "writeBack",
        "source_not_writable",
        `"${definition.source.entity}" is a view: nothing can be set on it.`,
      );
    const sameData = (ref: EntityRef) =>
      ref.dataSource === definition.source.dataSource && ref.entity === definition.source.entity;
    if (parts.some(({ ref }) => sameData(ref)))
      list.add(
        "writeBack",
        "bad_write_back",
        "A rule that writes to its own source maps these fields instead.",
      );
    const seen = new Set<string>();
    return mappings.flatMap((mapping, at) => {
      const path = `writeBack[${at}]`;
      if (seen.has(mapping.field))
        list.add(`${path}.field`, "mapped_twice", `"${mapping.field}" is set more than once.`);
      seen.add(mapping.field);
      return this.writtenField(context, parts, mapping, path) ?? [];
    });
  }

  private writtenField(
    context: ValueContext,
    parts: readonly PartSource[],
    mapping: WriteBackMapping,
    path: string,
  ): TargetPlan | undefined {
    const { list } = this;
    const source = this.entities.source!;
    const column = columnOf(source, mapping.field);
    if (!column)
      list.add(
        `${path}.field`,
        "unknown_field",
        `"${this.definition.source.entity}" has no field "${mapping.field}".`,
      );
    else if (column.field.generated || source.recordKey.includes(mapping.field))
      list.add(
        `${path}.field`,
        "field_not_writable",
        `"${mapping.field}" is computed by the database or part of the record's key.`,
      );
    const given = (["constant", "expression", "reference"] as const).filter(
      (kind) => mapping[kind] !== undefined,
    );
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      list.add(
        path,
        "bad_mapping",
        "What is written back has exactly one of constant, expression and reference.",
      );
      return undefined;
    }
    const valuePath = `${path}.${kind}`;
    const value =
      mapping.reference === undefined
        ? compileValue(
            context,
            { constant: mapping.constant, expression: mapping.expression },
            valuePath,
            column,
          )
        : compileReference(context, parts, { ...mapping, reference: mapping.reference }, valuePath, column);
    if (!column || !value) return undefined;
    const { field } = column;
    return {
      part: writeBackPart,
      field: field.name,
      kind: field.kind,
      column: column.column,
      nullable: field.nullable,
      path: valuePath,
      value,
      onError: "fail",
      errorText: null,
    };
  }
}

/** The fields of an entity as expressions see them. */
export function recordFields(entity: DiscoveredEntity): RecordField[] {
  return entity.schema.fields.map((field) => ({ name: field.name, type: exprTypeOf(field.kind) }));
}
