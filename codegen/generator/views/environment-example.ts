import type { ConfigEntry } from "../emit/features/feature.js";
import { serviceConfig } from "../emit/service-files.js";
import type { ProjectModel } from "../model/schema.js";
import type { DockerConfig } from "../templates/workspace/scripts/docker/service-config.js";

/** Text of `.env.example`: what compose files and services take from the environment, with values for development. */
export function environmentExample(
  project: ProjectModel,
  { project: { infrastructure, certificateResolver }, services }: DockerConfig,
): string {
  const lines: string[] = [];
  const add = (description: string, name: string, value: string | undefined) =>
    lines.push("", `# ${description}`, value === undefined ? `# ${name}=` : `${name}=${value}`);
  if (infrastructure.includes("postgres")) {
    add("Containers: password of the Postgres server.", "POSTGRES_PASSWORD", "development");
    add(
      "Containers: password of the services at their databases; letters and digits.",
      "DATABASE_PASSWORD",
      "development",
    );
  }
  if (infrastructure.includes("rabbitmq"))
    add(
      "Containers: password of the services at RabbitMQ; letters and digits.",
      "RABBITMQ_PASSWORD",
      "development",
    );
  if (certificateResolver !== undefined)
    add("Containers: where the signer of the edge's certificates writes to.", "ACME_EMAIL", "");
  const given = new Set(services.flatMap(({ environment = {} }) => Object.keys(environment)));
  const entries = new Map<string, ConfigEntry>();
  for (const service of project.services) {
    for (const entry of serviceConfig(project, service))
      if (given.has(entry.name)) entries.set(entry.name, entry);
  }
  entries.delete("DRAIN_MS");
  for (const { name, description, development, default: otherwise } of entries.values())
    add(description, name, development ?? otherwise);
  return [
    "# What the project takes from its environment. Copy this file to .env and give values of your own;",
    "# `npm run dev` takes these where there is no .env.",
    ...lines,
    "",
  ].join("\n");
}
