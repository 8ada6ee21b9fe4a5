const CONDITIONS = new Set(["bun", "deno", "types", "node-addons", "node", "import", "require", "default"]);

/** The file that a package's `exports` gives for a subpath (`""` for the package itself), relative to the package. */
export function resolveExports(exports: unknown, subpath: string): string | undefined {
  let wildcard: string | undefined;
  for (const [key, value] of entries(exports)) {
    const name = key === "." ? "" : key.replace(/^\.\//, "");
    if (name === subpath) return target(value) ?? undefined;
    const star = name.indexOf("*");
    if (star < 0) continue;
    const [prefix, suffix] = [name.slice(0, star), name.slice(star + 1)];
    const fits = subpath.length >= prefix.length + suffix.length;
    if (!fits || !subpath.startsWith(prefix) || !subpath.endsWith(suffix)) continue;
    const found = target(value);
    if (found === null) return undefined;
    if (found !== undefined) {
      wildcard ??= found.replaceAll("*", subpath.slice(prefix.length, subpath.length - suffix.length));
    }
  }
  return wildcard;
}

function entries(exports: unknown): [string, unknown][] {
  if (typeof exports !== "object" || exports === null || Array.isArray(exports)) return [[".", exports]];
  const list = Object.entries(exports);
  return list[0]?.[0].startsWith(".") ? list.sort(byName) : [[".", exports]];
}

/** The order in which the official parser looks at subpaths and conditions, however the package lists them. */
function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A path; `null` where the subpath is excluded; undefined where no condition applies. */
function target(value: unknown): string | null | undefined {
  if (typeof value === "string" || value === null) return value;
  if (Array.isArray(value)) return value.map(target).find((t) => t !== undefined);
  if (typeof value !== "object") return undefined;
  for (const [condition, inner] of Object.entries(value ?? {}).sort(byName)) {
    if (CONDITIONS.has(condition)) return target(inner);
  }
  return undefined;
}
