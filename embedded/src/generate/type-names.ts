import path from "node:path";
import type { AppModel, NamedType } from "../model/app-model.js";

/** How a named type is called in generated code: a namespace after its folder, and its name. */
export interface TypeName {
  namespace: string;
  name: string;
}

/**
 * Names for types. A type's namespace is the folder of its file. Where two
 * different types of one name would meet in a namespace, both get longer ones,
 * from more of their paths; types that are alike in all but place share a name.
 */
export function nameTypes(
  model: AppModel,
  ids: Iterable<string>,
  isTaken: (name: TypeName) => boolean,
): Map<string, TypeName> {
  const types = [...ids].map((id) => model.types[id]).filter((type): type is NamedType => type !== undefined);
  const levels = new Map(types.map((type) => [type.id, 0]));
  const nameAt = (type: NamedType): TypeName => {
    const candidates = namespaceCandidates(type.file);
    return {
      namespace: candidates[Math.min(levels.get(type.id)!, candidates.length - 1)]!,
      name: identifier(type.name),
    };
  };
  const deepest = Math.max(0, ...types.map((type) => namespaceCandidates(type.file).length));
  for (let round = 0; round < deepest; round++) {
    const groups = Map.groupBy(types, (type) => keyOf(nameAt(type)));
    const clashing = [...groups.values()]
      .filter((group) => !areAlike(group) || isTaken(nameAt(group[0]!)))
      .flat();
    for (const type of clashing) levels.set(type.id, levels.get(type.id)! + 1);
    if (clashing.length === 0) break;
  }
  return numberRemaining(types.map((type) => [type, nameAt(type)]));
}

/** Different types of one name in one file (in namespaces of their own) can only be told apart by number. */
function numberRemaining(names: [type: NamedType, name: TypeName][]): Map<string, TypeName> {
  const used = new Map<string, NamedType>();
  const result = new Map<string, TypeName>();
  for (const [type, wanted] of names) {
    let name = wanted;
    for (let n = 2; !areAlike([type, used.get(keyOf(name)) ?? type]); n++)
      name = { ...wanted, name: `${wanted.name}${n}` };
    used.set(keyOf(name), type);
    result.set(type.id, name);
  }
  return result;
}

function areAlike(types: NamedType[]): boolean {
  return (
    new Set(
      types.map((type) => JSON.stringify(type.type, (key, value) => (key === "doc" ? undefined : value))),
    ).size === 1
  );
}

/** `a/b/c.ts` → `b`, `a_b`, `a_b_c`. */
function namespaceCandidates(file: string): string[] {
  const dir = path.posix.dirname(file);
  const folders = dir === "." ? [] : dir.split("/");
  const whole = [...folders, path.posix.basename(file, ".ts")];
  const candidates = folders.map((_, index) => folders.slice(folders.length - 1 - index).join("_"));
  return [...candidates, whole.join("_")].map(identifier);
}

function keyOf({ namespace, name }: TypeName): string {
  return `${namespace}.${name}`;
}

/** Words that TypeScript keeps for itself, where a namespace or a type is named. */
const RESERVED = new Set(
  (
    "abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum " +
    "export extends false finally for from function get if implements import in instanceof interface is keyof let module " +
    "namespace never new null number object of package private protected public readonly return set static string super " +
    "switch symbol this throw true try type typeof undefined unique unknown var void while with yield arguments eval"
  ).split(" "),
);

/** A name made fit for TypeScript: other characters become `_`, reserved words get one. */
export function identifier(name: string): string {
  const fit = name.replace(/[^\p{ID_Continue}$]/gu, "_").replace(/^(?=\p{Nd})/u, "_");
  return RESERVED.has(fit) || fit === "" ? `${fit}_` : fit;
}
