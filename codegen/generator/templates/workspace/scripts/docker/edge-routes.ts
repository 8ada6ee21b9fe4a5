import type { DockerConfig, ServiceConfig } from "./service-config.ts";

/** Values of Traefik's dynamic configuration: the same tree as labels and as a file. */
type Value = string | number | boolean | string[] | { [key: string]: Value } | { url: string }[];

/** Above the order that Traefik gives by a rule's length. */
const WEBSOCKET_PRIORITY = 10_000;

/** What the edge has for one public service: routers, middlewares, a balancer. `servers` says where the service is. */
function routesOf({ project }: DockerConfig, service: ServiceConfig, servers: Record<string, Value>) {
  const name = service.routerName;
  const hidden = service.hiddenPaths.map((path) => ` && !(Path(\`${path}\`) || PathPrefix(\`${path}/\`))`);
  const router: Record<string, Value> = {
    rule: `Host(\`${service.host}\`)${hidden.join("")}`,
    entryPoints: ["websecure"],
    service: name,
    middlewares: [`${name}-limit`, ...(service.middlewares ?? [])],
    tls: project.certificateResolver === undefined ? {} : { certResolver: project.certificateResolver },
  };
  const upgrade = "HeaderRegexp(`Upgrade`, `(?i)^websocket`)";
  const where = service.websocketPath === undefined ? "" : ` && Path(\`${service.websocketPath}\`)`;
  const websocket = { ...router, rule: `${router.rule} && ${upgrade}${where}`, priority: WEBSOCKET_PRIORITY };
  return {
    routers: { [name]: router, ...(service.websocket ? { [`${name}-ws`]: websocket } : {}) },
    middlewares: {
      [`${name}-limit`]: {
        rateLimit: {
          average: service.requestsPerMinute,
          period: "1m",
          burst: Math.max(1, Math.ceil(service.requestsPerMinute / 10)),
        },
      },
    },
    services: {
      [name]: {
        loadBalancer: {
          ...servers,
          healthCheck: { path: service.healthCheckPath, interval: "5s", timeout: "2s" },
        },
      },
    },
  } satisfies Record<string, Value>;
}

/** Labels of a service's containers: how Traefik reaches it, or that it must not. `provider` is who reads them. */
export function traefikLabels(
  config: DockerConfig,
  service: ServiceConfig,
  provider: "docker" | "swarm",
): Record<string, string> {
  if (service.visibility === "internal") return { "traefik.enable": "false" };
  const labels: Record<string, string> = {
    "traefik.enable": "true",
    [`traefik.${provider}.network`]: `${config.project.name}-edge`,
  };
  const add = (key: string, value: Value): void => {
    if (Array.isArray(value)) labels[key] = value.join(",");
    else if (typeof value === "object" && Object.keys(value).length > 0)
      for (const [name, inner] of Object.entries(value)) add(`${key}.${name.toLowerCase()}`, inner);
    else labels[key] = typeof value === "object" ? "true" : String(value);
  };
  // Where the containers are is for Traefik to find out; only the port is not.
  for (const [kind, entries] of Object.entries(
    routesOf(config, service, { server: { port: service.port } }),
  )) {
    for (const [name, value] of Object.entries(entries)) add(`traefik.http.${kind}.${name}`, value);
  }
  return labels;
}

/** Whether a label is one that `traefikLabels` writes; any other is a person's own. */
export function isOwnLabel(label: string, { routerName }: ServiceConfig): boolean {
  if (/^traefik\.(enable|(docker|swarm)\.network)$/.test(label)) return true;
  const [root, http, kind = "", name = ""] = label.split(".");
  if (root !== "traefik" || http !== "http" || !["routers", "services", "middlewares"].includes(kind))
    return false;
  return [routerName, `${routerName}-ws`, `${routerName}-limit`].includes(name);
}

/** The same routes for Traefik's file provider, for a machine without Docker. */
export function fileRoutes(config: DockerConfig): object {
  const http: Record<string, Record<string, Value>> = {};
  for (const service of config.services.filter(({ visibility }) => visibility === "public")) {
    const addresses = service.addresses ?? [`http://127.0.0.1:${service.port}`];
    const servers = { servers: addresses.map((url) => ({ url })) };
    for (const [kind, entries] of Object.entries(routesOf(config, service, servers))) {
      http[kind] = { ...http[kind], ...entries };
    }
  }
  // An empty `http` is an error to Traefik.
  return Object.keys(http).length === 0 ? {} : { http };
}
