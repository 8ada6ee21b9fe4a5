import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import { type DataSource, writtenBy } from "../../sources/data-source.js";
import type { EntityRef, RuleDefinition, RuleProblem } from "../types.js";
import { type Conversion, openConversion, type WriteBackJournal } from "./convert-batch.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";

const mostOpened = 500;
/** What is checked in the databases when a rule is opened (constants, privileges, tables of links) holds so long. */
const holdsMs = 5 * 60_000;

/** A rule version, and what it was opened on. */
interface OpenedRule {
  conversion: Conversion;
  entities: [EntityRef, DiscoveredEntity][];
  sources: Map<string, Pick<DataSource, "database" | "readOnly">>;
  until: number;
}

/** Least recently used first. */
const opened = new Map<string, OpenedRule>();

/** Names of the data sources that rules stood on last. */
const sourcesOf = new Map<string, string[]>();

const sourcesKey = ({ tenantId, ruleId }: { tenantId: string; ruleId: string }) => `${ruleId}/${tenantId}`;

interface WantedRule {
  tenantId: string;
  ruleId: string;
  ruleVersion: number;
  definition: RuleDefinition;
}

/**
 * Opens a rule version for single records. One that was opened before is taken again where its data sources lead to
 * the same databases, and discovery finds its entities as they were.
 */
export async function openForRecords(
  world: RuleWorld,
  rule: WantedRule,
  journal: WriteBackJournal,
): Promise<{ conversion: Conversion } | { problems: RuleProblem[] }> {
  const key = keyOf(rule);
  const known = opened.get(key);
  // What cannot be found out here is told of by opening it anew.
  if (known && (await holds(known, world).catch(() => false))) {
    const conversion = await renewed(known, world, journal);
    opened.delete(key);
    opened.set(key, { ...known, conversion });
    return { conversion };
  }
  opened.delete(key);
  const entities: OpenedRule["entities"] = [];
  const watched: RuleWorld = {
    open: world.open,
    discover: async (ref) => {
      const entity = await world.discover(ref);
      entities.push([ref, entity]);
      return entity;
    },
  };
  const { plan, problems } = await prepareRule(watched, rule);
  if (!plan) return { problems };
  const conversion = await openConversion(plan, world.open, { executor: "streaming", journal });
  const sources: OpenedRule["sources"] = new Map();
  for (const [{ dataSource }] of entities) {
    const { database, readOnly } = await world.open(dataSource);
    sources.set(dataSource, { database, readOnly });
  }
  opened.set(key, { conversion, entities, sources, until: Date.now() + holdsMs });
  sourcesOf.delete(sourcesKey(rule));
  sourcesOf.set(sourcesKey(rule), [...sources.keys()]);
  for (const known of [opened, sourcesOf])
    for (const [oldest] of known) {
      if (known.size <= mostOpened) break;
      known.delete(oldest);
    }
  return { conversion };
}

/** What the rule version was opened as last. It may not hold any more. */
export function openedLast(rule: Omit<WantedRule, "definition">): Conversion | undefined {
  return opened.get(keyOf(rule))?.conversion;
}

/** Opens the data sources that a rule stood on last, while the rule itself is read. */
export function openSourcesAhead(world: RuleWorld, rule: Pick<WantedRule, "tenantId" | "ruleId">): void {
  // What fails is found again when the source is used.
  for (const name of sourcesOf.get(sourcesKey(rule)) ?? []) world.open(name).catch(() => {});
}

/** Forgets what was opened: a table that it stands on is not there any more, or is another. */
export function forgetOpened(rule: Omit<WantedRule, "definition">): void {
  opened.delete(keyOf(rule));
}

function keyOf({ tenantId, ruleId, ruleVersion }: Omit<WantedRule, "definition">): string {
  return `${ruleId}/${ruleVersion}/${tenantId}`;
}

async function holds(known: OpenedRule, world: RuleWorld): Promise<boolean> {
  if (Date.now() > known.until) return false;
  const sources = [...known.sources].map(async ([name, { database, readOnly }]) => {
    const source = await world.open(name);
    return source.database === database && source.readOnly === readOnly;
  });
  if (!(await Promise.all(sources)).every(Boolean)) return false;
  const entities = known.entities.map(async ([ref, entity]) => (await world.discover(ref)) === entity);
  return (await Promise.all(entities)).every(Boolean);
}

/** The conversion on the pools that the data sources have now. */
async function renewed(
  { conversion }: OpenedRule,
  world: RuleWorld,
  journal: WriteBackJournal,
): Promise<Conversion> {
  const { plan } = conversion;
  const { source, target } = plan.definition;
  return {
    ...conversion,
    source: writtenBy(await world.open(source.dataSource), plan.ruleId),
    target: writtenBy(await world.open(target.dataSource), plan.ruleId),
    open: world.open,
    journal,
    expected: { fresh: true },
  };
}
