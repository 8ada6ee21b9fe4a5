import path from "node:path";
import { serviceConfig } from "../../generator/emit/service-files.js";
import type { ProjectModel, ServiceModel } from "../../generator/model/schema.js";
import { addressVariable } from "../../generator/views/client-view.js";

/** Variables that the platform gives to services. */
const own = new Set(["PORT", "DATABASE_URL", "SERVICE_TOKEN", "MIGRATIONS_DIR"]);
/** The time that services have to end, shorter than the platform waits for it. */
const shutdownMs = "5000";

/** Names of the variables that a caller may give for a project, and those among them that services need. */
export function environmentNames(model: ProjectModel): { known: Set<string>; needed: Set<string> } {
  const addresses = new Set(model.services.map(({ name }) => addressVariable(name)));
  const entries = model.services
    .flatMap((service) => serviceConfig(model, service))
    .filter(({ name }) => !own.has(name) && !addresses.has(name));
  const needed = entries.filter((entry) => entry.default === undefined && !entry.optional);
  return {
    known: new Set(entries.map(({ name }) => name)),
    needed: new Set(needed.map(({ name }) => name)),
  };
}

/** What a command gets of the platform's environment: where programs are, and how npm is configured. Nothing secret of it. */
export function commandEnvironment(marks: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|LANG|LC_ALL|TZ|TMPDIR|(https?|no)_proxy|npm_config_(registry|cache|userconfig|globalconfig|https?_proxy|noproxy|cafile)|NODE_EXTRA_CA_CERTS)$/i.test(
      name,
    ),
  );
  const programs = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  return { ...Object.fromEntries(kept), PATH: programs, ...marks };
}

/** The environment of a service's process. */
export function serviceEnvironment(
  model: ProjectModel,
  service: ServiceModel,
  given: {
    folder: string;
    ports: ReadonlyMap<string, number>;
    databaseUrl: string | undefined;
    serviceToken: string;
    environment: Readonly<Record<string, string>>;
  },
): NodeJS.ProcessEnv {
  const { folder, ports, databaseUrl, serviceToken, environment } = given;
  const addresses = model.services.map(({ name }) => [
    addressVariable(name),
    `http://127.0.0.1:${ports.get(name)}`,
  ]);
  return {
    PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    HOME: folder,
    NODE_ENV: "production",
    SHUTDOWN_MS: shutdownMs,
    ...environment,
    ...(Object.fromEntries(addresses) as Record<string, string>),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    SERVICE_TOKEN: serviceToken,
    PORT: String(ports.get(service.name)),
  };
}
