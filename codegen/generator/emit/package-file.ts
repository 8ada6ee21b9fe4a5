import type { ProjectModel, ServiceModel } from "../model/schema.js";
import { type PackageName, pinned } from "../versions.js";

/** A package.json as npm writes it. */
export function packageText(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** The package.json of a service. */
export function packageFile(project: ProjectModel, service: ServiceModel): string {
  const names: PackageName[] = ["valibot"];
  if (service.entities.length > 0) names.push("drizzle-orm", "postgres");
  if (service.framework === "hono") names.push("hono");
  else names.push("elysia");
  if (service.runtime === "node" && service.framework === "hono") names.push("@hono/node-server");
  const run = service.runtime === "node" ? "node --enable-source-maps" : "bun";
  return packageText({
    name: `@${project.name}/${service.name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    description: service.description ?? `The service ${service.name}`,
    scripts: {
      build: `node ../../scripts/build.mjs ${service.name}`,
      start: `${run} dist/main.js`,
      ...(service.entities.length > 0 ? { migrate: `${run} dist/migrate.js` } : {}),
    },
    dependencies: { [`@${project.name}/contracts`]: "0.1.0", ...pinned(...names) },
  });
}
