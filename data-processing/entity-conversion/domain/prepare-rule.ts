import { APIError, ErrCode } from "encore.dev/api";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { EntityRef, RuleDefinition, RuleDefinitionInput, RuleProblem } from "../types.js";
import { compileRule, lookupRef } from "./compile-rule.js";
import type { ConversionPlan } from "./plan.js";

/** How rules reach data: opens a source of the tenant, and reads the schema of an entity. */
export interface RuleWorld {
  open(dataSource: string): Promise<DataSource>;
  discover(ref: EntityRef): Promise<DiscoveredEntity>;
}

/** Fills in what a definition may leave out. */
export function completeDefinition(input: RuleDefinitionInput): RuleDefinition {
  const ref = ({ dataSource, entity }: { dataSource?: string; entity: string }): EntityRef => ({
    dataSource: dataSource ?? "workspace",
    entity,
  });
  return {
    ...input,
    source: ref(input.source),
    target: ref(input.target),
    mergePolicy: input.mergePolicy ?? "overwrite",
    trigger: input.trigger ?? { mode: "manual" },
  };
}

/**
 * Reads the live schemas of a rule's entities and checks the rule against them. Problems come all at once; a data
 * source that cannot be reached is an error of its own.
 */
export async function prepareRule(
  world: RuleWorld,
  rule: { ruleId: string; ruleVersion: number; definition: RuleDefinition },
): Promise<{ plan?: ConversionPlan; problems: RuleProblem[] }> {
  const { definition } = rule;
  const problems: RuleProblem[] = [];
  const entities = new Map<string, Promise<DiscoveredEntity | undefined>>();
  const find = (ref: EntityRef, path: string): Promise<DiscoveredEntity | undefined> => {
    const key = JSON.stringify([ref.dataSource, ref.entity]);
    const known = entities.get(key);
    if (known) return known;
    const found = world.discover(ref).catch((error: unknown) => {
      problems.push(missingEntity(error, path));
      return undefined;
    });
    entities.set(key, found);
    return found;
  };
  const source = await find(definition.source, "source.entity");
  const target = await find(definition.target, "target.entity");
  const lookups = new Map<string, DiscoveredEntity | undefined>();
  for (const [at, { lookup }] of definition.mappings.slice(0, 500).entries()) {
    if (!lookup) continue;
    const ref = lookupRef(definition, lookup);
    lookups.set(JSON.stringify(ref), await find(ref, `mappings[${at}].lookup.entity`));
  }
  const compiled = compileRule(rule, { source, target, lookup: (ref) => lookups.get(JSON.stringify(ref)) });
  problems.push(...compiled.problems);
  if (problems.length > 0 || !compiled.plan) return { problems };
  const targetSource = await world.open(definition.target.dataSource);
  problems.push(...(await castProblems(targetSource, compiled.plan)));
  return problems.length > 0 ? { problems } : { plan: compiled.plan, problems };
}

/** An entity or data source that is not there is a problem of the rule. Anything else is thrown on. */
function missingEntity(error: unknown, path: string): RuleProblem {
  if (
    !(error instanceof APIError) ||
    (error.code !== ErrCode.NotFound && error.code !== ErrCode.InvalidArgument)
  )
    throw error;
  const reason = error.details?.reason;
  return { path, code: typeof reason === "string" ? reason : "unknown_entity", message: error.message };
}

/** Constants that the target's types refuse, found by casting each of them in the target database. */
async function castProblems(source: DataSource, plan: ConversionPlan): Promise<RuleProblem[]> {
  const constants = plan.targets.flatMap(({ value, column, path }) => {
    const text =
      value.kind === "constant" ? value.text : value.kind === "lookup" ? value.lookup.defaultText : null;
    return text === null ? [] : [{ text, column, path: value.kind === "lookup" ? `${path}.default` : path }];
  });
  if (constants.length === 0) return [];
  return await source.begin(
    async (tx) => {
      const problems: RuleProblem[] = [];
      for (const { text, column, path } of constants) {
        const message = await castFailure(tx, text, column.castType);
        if (message !== undefined) problems.push({ path, code: "type_mismatch", message });
      }
      return problems;
    },
    { readOnly: true },
  );
}

async function castFailure(tx: SourceTransaction, text: string, type: string): Promise<string | undefined> {
  try {
    await tx.savepoint((inner) => inner.unsafe(`SELECT $1::text::${type}`, [text]));
    return undefined;
  } catch (error) {
    if (isRecordError(error)) return postgresError(error)!.message;
    throw error;
  }
}
