import { APIError, ErrCode } from "encore.dev/api";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { quoteTable } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type {
  EntityRef,
  FieldMapping,
  LookupMapping,
  RuleDefinition,
  RuleDefinitionInput,
  RuleProblem,
} from "../types.js";
import { compileRule, relatedRef } from "./compile-rule.js";
import { lookupRef } from "./compile-values.js";
import { type ConversionPlan, type TargetPlan, writeBackPart } from "./plan.js";
import { tooLarge } from "./rule-limits.js";

/** How rules reach data: opens a source of the tenant, and reads the schema of an entity. */
export interface RuleWorld {
  open(dataSource: string): Promise<DataSource>;
  /** The entity's schema; with `fresh`, as the live database has it. */
  discover(ref: EntityRef, options?: { fresh: boolean }): Promise<DiscoveredEntity>;
  /** Whether the workspace is on the server of the service's own database. */
  workspaceBeside?: boolean;
}

/** The world with the schemas that the live databases have. */
export function liveWorld(world: RuleWorld): RuleWorld {
  return { ...world, discover: (ref) => world.discover(ref, { fresh: true }) };
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
    related: input.related?.map((related) => ({
      ...related,
      mergePolicy: related.mergePolicy ?? "overwrite",
    })),
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
  const failures = new Map<string, unknown>();
  const find = async (ref: EntityRef, path: string): Promise<DiscoveredEntity | undefined> => {
    const key = JSON.stringify([ref.dataSource, ref.entity]);
    const found =
      entities.get(key) ??
      world.discover(ref).catch((error: unknown) => {
        failures.set(key, error);
        return undefined;
      });
    entities.set(key, found);
    const entity = await found;
    if (!entity) problems.push(missingEntity(failures.get(key), path));
    return entity;
  };
  const source = await find(definition.source, "source.entity");
  const target = await find(definition.target, "target.entity");
  const others = new Map<string, DiscoveredEntity | undefined>();
  const findOther = async (ref: EntityRef, path: string): Promise<void> => {
    others.set(JSON.stringify(ref), await find(ref, path));
  };
  if (tooLarge(definition).length === 0) {
    for (const { lookup, path } of lookupsOf(definition))
      await findOther(lookupRef(definition, lookup), path);
    for (const [at, related] of (definition.related ?? []).entries())
      await findOther(relatedRef(definition, related), `related[${at}].entity`);
  }
  const compiled = compileRule(rule, { source, target, other: (ref) => others.get(JSON.stringify(ref)) });
  problems.push(...compiled.problems);
  if (problems.length > 0 || !compiled.plan) return { problems };
  const targetSource = await world.open(definition.target.dataSource);
  if (targetSource.readOnly)
    problems.push({
      path: "target.dataSource",
      code: "target_read_only",
      message: `The data source "${targetSource.name}" is read-only.`,
    });
  problems.push(...(await castProblems(targetSource, compiled.plan)));
  problems.push(...(await writeBackProblems(world, compiled.plan)));
  return problems.length > 0 ? { problems } : { plan: compiled.plan, problems };
}

function lookupsOf(definition: RuleDefinition): { lookup: LookupMapping; path: string }[] {
  const of = (mappings: FieldMapping[], path: string) =>
    mappings.flatMap(({ lookup }, at) =>
      lookup ? [{ lookup, path: `${path}mappings[${at}].lookup.entity` }] : [],
    );
  const related = (definition.related ?? []).flatMap((record, at) => of(record.mappings, `related[${at}].`));
  return [...of(definition.mappings, ""), ...related];
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

/** Constants that the columns' types refuse, found by casting each of them in the column's database. */
async function castProblems(
  source: DataSource,
  plan: ConversionPlan,
  where: (target: TargetPlan) => boolean = ({ part }) => part !== writeBackPart,
): Promise<RuleProblem[]> {
  const constants = plan.targets.filter(where).flatMap(({ value, column, path, errorText }) => {
    const own =
      value.kind === "constant" ? value.text : value.kind === "lookup" ? value.lookup.defaultText : null;
    const mapping = path.slice(0, path.lastIndexOf("."));
    return [
      { text: own, column, path: value.kind === "lookup" ? `${path}.default` : path },
      { text: errorText, column, path: `${mapping}.default` },
    ].filter((constant): constant is typeof constant & { text: string } => constant.text !== null);
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

/** Why nothing can be written back to the source, and constants that it refuses. */
async function writeBackProblems(world: RuleWorld, plan: ConversionPlan): Promise<RuleProblem[]> {
  const fields = plan.targets.filter(({ part }) => part === writeBackPart);
  if (fields.length === 0) return [];
  const source = await world.open(plan.definition.source.dataSource);
  const denied = (at: number, message: string): RuleProblem => ({
    path: `writeBack[${at}].field`,
    code: "source_not_writable",
    message,
  });
  if (source.readOnly) return [denied(0, `The data source "${source.name}" is read-only.`)];
  const rows = await source.begin(
    (tx) =>
      tx.unsafe<{ allowed: boolean; recovering: boolean }[]>(
        `SELECT has_column_privilege($1::text::regclass, f.name, 'UPDATE') AS allowed, pg_is_in_recovery() AS recovering
         FROM json_array_elements_text($2::text::json) WITH ORDINALITY AS f(name, place) ORDER BY f.place`,
        [quoteTable(plan.source.table), JSON.stringify(fields.map(({ field }) => field))],
      ),
    { readOnly: true },
  );
  const problems = rows.flatMap(({ allowed, recovering }, at) =>
    allowed && !recovering
      ? []
      : [
          denied(
            at,
            `"${fields[at]!.field}" of "${plan.definition.source.entity}" may not be changed there.`,
          ),
        ],
  );
  return [...problems, ...(await castProblems(source, plan, ({ part }) => part === writeBackPart))];
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
