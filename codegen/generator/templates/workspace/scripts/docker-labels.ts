// Brings docker-compose.yml, docker-stack.yml and traefik/ up to docker/services.config.ts. See: --help
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createTwoFilesPatch } from "diff";
import { edgeFiles } from "./docker/edge-files.ts";
import type { DockerConfig, ServiceConfig } from "./docker/service-config.ts";

const HELP = `Writes what docker/services.config.ts says of services into docker-compose.yml, docker-stack.yml and
traefik/dynamic/services.yml: labels, replicas and memory. Everything else in these files stays as it is.

npm run docker:generate-labels NAME...   these services
npm run docker:generate-labels:all       all services
npm run docker:generate-labels:dry       shows what would be written, and writes nothing
`;

/** A mistake of the person at the keyboard: told without a stack. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** A service by its name or its container's, as GRAPH_SERVICE too. */
function find(services: ServiceConfig[], wanted: string): ServiceConfig {
  const name = wanted.toLowerCase().replaceAll("_", "-");
  const found = services.find((service) =>
    [service.serviceName, service.dockerServiceName, `${service.serviceName}-service`].includes(name),
  );
  const names = services.map(({ serviceName }) => serviceName).join(", ");
  return found ?? fail(`There is no service "${wanted}" in docker/services.config.ts. There are: ${names}.`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help || (!values.all && !values["dry-run"] && positionals.length === 0)) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}

const root = process.cwd();
const file = path.join(root, "docker/services.config.ts");
if (!existsSync(file)) fail(`There is no ${file}: run this in the project's folder.`);
const { dockerConfig } = (await import(pathToFileURL(file).href)) as { dockerConfig: DockerConfig };
const services =
  positionals.length > 0
    ? positionals.map((name) => find(dockerConfig.services, name))
    : dockerConfig.services;

const read = (name: string): string | undefined => {
  const target = path.join(root, name);
  return existsSync(target) ? readFileSync(target, "utf8") : undefined;
};
let changed = 0;
for (const { path: name, text } of [...edgeFiles(dockerConfig, services, read)]) {
  const before = read(name);
  if (before === text) continue;
  changed++;
  if (values["dry-run"]) process.stdout.write(createTwoFilesPatch(name, name, before ?? "", text));
  else {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
    process.stdout.write(`${before === undefined ? "wrote" : "updated"} ${name}\n`);
  }
}
if (changed === 0) process.stdout.write("Nothing to change.\n");
