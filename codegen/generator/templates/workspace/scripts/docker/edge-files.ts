import { stringify } from "yaml";
import { composeFile, updateComposeFile } from "./compose-file.ts";
import { edgeOptions } from "./edge-process.ts";
import { fileRoutes } from "./edge-routes.ts";
import type { DockerConfig, ServiceConfig } from "./service-config.ts";

interface EdgeFile {
  path: string;
  text: string;
}

const targets = { "docker-compose.yml": "compose", "docker-stack.yml": "swarm" } as const;

/**
 * The files that follow from `docker/services.config.ts`, one by one. Those that `read` finds are brought up to it for the `wanted`
 * services, the others are written anew.
 */
export function* edgeFiles(
  config: DockerConfig,
  wanted: ServiceConfig[],
  read: (path: string) => string | undefined,
): Generator<EdgeFile> {
  check(config);
  for (const [path, target] of Object.entries(targets)) {
    const present = read(path);
    try {
      const text =
        present === undefined
          ? composeFile(config, target)
          : updateComposeFile(present, config, wanted, target);
      yield { path, text };
    } catch (error) {
      throw new Error(`${path} cannot be brought up to docker/services.config.ts`, { cause: error });
    }
  }
  yield { path: "traefik/dynamic/services.yml", text: routesFile(config) };
  for (const [path, text] of Object.entries(onceWritten(config))) {
    if (read(path) === undefined) yield { path, text };
  }
}

function routesFile(config: DockerConfig): string {
  return yaml(
    "Routes for a machine without Docker, made from docker/services.config.ts by `npm run docker:generate-labels:all`.",
    fileRoutes(config),
  );
}

/** Files that are a person's once they are there. */
function onceWritten(config: DockerConfig): Record<string, string> {
  const certificate = {
    certFile: "traefik/certificates/edge.crt",
    keyFile: "traefik/certificates/edge.key",
  };
  return {
    "traefik/traefik.yml": yaml(
      "Traefik on a machine without Docker: traefik --configFile=traefik/traefik.yml",
      edgeOptions(config, "file"),
    ),
    "traefik/dynamic/tls.yml": yaml("Paths are taken from the project's folder.", {
      tls: {
        options: { default: { minVersion: "VersionTLS12" } },
        ...(config.project.certificateResolver === undefined
          ? { stores: { default: { defaultCertificate: certificate } } }
          : {}),
      },
    }),
  };
}

function yaml(comment: string, content: object): string {
  return `# ${comment}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** Names and hosts that stand for two services at once would route one of them to the other. */
function check({ services }: DockerConfig): void {
  const problems: string[] = [];
  const once = (what: string, values: string[]): void => {
    for (const value of new Set(values.filter((value, index) => values.indexOf(value) !== index)))
      problems.push(`docker/services.config.ts: ${what} "${value}" is there twice`);
  };
  once(
    "dockerServiceName",
    services.map(({ dockerServiceName }) => dockerServiceName),
  );
  once(
    "routerName",
    services.map(({ routerName }) => routerName),
  );
  once(
    "host",
    services.filter(({ visibility }) => visibility === "public").map(({ host }) => host),
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
