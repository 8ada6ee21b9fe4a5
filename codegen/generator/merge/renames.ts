import { snakeCase } from "../migrations/tables.js";
import { entityPath, kebabCase } from "../model/plural.js";
import { previousEntity, previousService } from "../model/previous.js";
import type { ProjectModel } from "../model/schema.js";
import { camelCase, pascalCase } from "../views/casing.js";

/** A name that a new version of a model changes, in kebab case: `order-item` → `line`. */
interface Rename {
  from: string;
  to: string;
}

/** Every spelling of a name in code: `order-item`, `orderItem`, `OrderItem`, `order_item`, `ORDER_ITEM`. */
const spellings = [
  (kebab: string) => kebab,
  camelCase,
  pascalCase,
  snakeCase,
  (kebab: string) => snakeCase(kebab).toUpperCase(),
];

const word = /[A-Za-z_$][\w$-]*/g;

/** What a new version of a model calls differently: services, entities, fields and operations. */
export function modelRenames(before: ProjectModel, after: ProjectModel): Rename[] {
  const found: Rename[] = [];
  const add = (from: string, to: string) => {
    if (from !== to) found.push({ from, to });
  };
  for (const service of after.services) {
    const oldService = previousService(service, before);
    if (oldService === undefined) continue;
    add(oldService.name, service.name);
    for (const operation of service.operations) {
      const { name, renamedFrom } = operation;
      const had = (wanted: string | undefined) => oldService.operations.some((each) => each.name === wanted);
      if (!had(name) && had(renamedFrom)) add(kebabCase(renamedFrom!), kebabCase(name));
    }
    for (const entity of service.entities) {
      const oldEntity = previousEntity(entity, oldService);
      if (oldEntity === undefined) continue;
      add(entityPath(oldEntity), entityPath(entity));
      add(kebabCase(oldEntity.name), kebabCase(entity.name));
      for (const { name, renamedFrom } of entity.fields) {
        const had = (wanted: string | undefined) => oldEntity.fields.some((each) => each.name === wanted);
        if (!had(name) && had(renamedFrom)) add(kebabCase(renamedFrom!), kebabCase(name));
      }
    }
  }
  return found;
}

/** A word or path with some of the renamed parts of it in their new spelling. */
function renamed(text: string, renames: Rename[]): string[] {
  const found = new Set([text]);
  const plain = text.replaceAll(/[-_]/g, "").toLowerCase();
  for (const { from, to } of renames) {
    if (!plain.includes(from.replaceAll("-", ""))) continue;
    for (const candidate of [...found])
      for (const spell of spellings) found.add(replacePart(candidate, spell(from), spell(to)));
  }
  found.delete(text);
  return [...found];
}

/** Replaces a part of a name where it is a whole word of it: `Order` in `createOrder`, not in `Orders`. */
function replacePart(text: string, part: string, by: string): string {
  const before = /^[a-z]/.test(part) ? "(?<![A-Za-z0-9])" : "(?<![A-Z])";
  const after = part === part.toUpperCase() ? "(?![A-Za-z0-9])" : "(?![a-z0-9])";
  return text.replaceAll(new RegExp(`${before}${part}${after}`, "g"), by);
}

/**
 * How words of the generated code are called now: those that no file has any more, and that some file has under the new
 * name for the first time. So a person's code follows a rename in the model, and a word that only looks alike does not.
 */
export function wordRenames(
  renames: Rename[],
  before: Iterable<string>,
  after: Iterable<string>,
): Map<string, string> {
  const pairs = new Map<string, string>();
  if (renames.length === 0) return pairs;
  const old = wordsOf(before);
  const now = wordsOf(after);
  for (const each of old) {
    if (now.has(each)) continue;
    const next = renamed(each, renames).find((candidate) => now.has(candidate) && !old.has(candidate));
    if (next !== undefined) pairs.set(each, next);
  }
  return pairs;
}

/** A text with its words renamed. */
export function renameWords(text: string, pairs: ReadonlyMap<string, string>): string {
  return pairs.size === 0 ? text : text.replaceAll(word, (each) => pairs.get(each) ?? each);
}

/** Old path → new path, for generated files that only changed their name. */
export function pathRenames(
  renames: Rename[],
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): Map<string, string> {
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  for (const path of before) {
    if (after.has(path)) continue;
    const isNew = (candidate: string) =>
      after.has(candidate) && !before.has(candidate) && !taken.has(candidate);
    const next = renamedPaths(path, renames).find(isNew);
    if (next === undefined) continue;
    pairs.set(path, next);
    taken.add(next);
  }
  return pairs;
}

/** A path with any of its segments renamed: a service may have the name of one of its entities. */
function renamedPaths(path: string, renames: Rename[]): string[] {
  return path
    .split("/")
    .map((segment) => [segment, ...renamed(segment, renames)])
    .reduce<string[]>(
      (paths, segments) => paths.flatMap((head) => segments.map((segment) => `${head}/${segment}`)),
      [""],
    )
    .map((candidate) => candidate.slice(1));
}

function wordsOf(texts: Iterable<string>): Set<string> {
  const words = new Set<string>();
  for (const text of texts) for (const [each] of text.matchAll(word)) words.add(each);
  return words;
}
