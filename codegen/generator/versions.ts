/** Versions of what generated projects stand on, each pinned exactly. */
export const versions = {
  "@biomejs/biome": "2.5.15",
  "@hono/node-server": "2.1.8",
  "@types/bun": "1.4.4",
  "@types/node": "24.19.2",
  bun: "1.4.5",
  "drizzle-orm": "0.45.4",
  elysia: "1.4.30",
  esbuild: "0.28.2",
  hono: "4.13.19",
  node: "24.21.0",
  postgres: "3.4.9",
  typescript: "5.9.3",
  valibot: "1.5.0",
} as const;

export type PackageName = keyof typeof versions;

/** `{ name: version }` of these packages, in the order of their names, as a package.json has them. */
export function pinned(...names: PackageName[]): Record<string, string> {
  return Object.fromEntries(names.toSorted().map((name) => [name, versions[name]]));
}
