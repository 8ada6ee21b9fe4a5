import type { DockerConfig } from "./service-config.ts";

type Options = { [key: string]: string | boolean | Options };

/** Who tells Traefik of services: containers, tasks of a swarm, or files on a machine without Docker. */
export type Provider = "docker" | "swarm" | "file";

/** Traefik's static configuration: entry points, and where routes come from. */
export function edgeOptions({ project }: DockerConfig, provider: Provider): Options {
  const containers = { exposedByDefault: false, network: `${project.name}-edge` };
  return {
    global: { checkNewVersion: false },
    entryPoints: {
      web: {
        address: ":80",
        http: { redirections: { entryPoint: { to: "websecure", scheme: "https" } } },
      },
      websecure: { address: ":443" },
    },
    providers:
      provider === "file"
        ? { file: { directory: "traefik/dynamic" } }
        : { [provider]: containers, file: { filename: "traefik/dynamic/tls.yml" } },
    ...(project.certificateResolver === undefined
      ? {}
      : {
          certificatesResolvers: {
            [project.certificateResolver]: {
              acme: {
                // A file cannot have this of the environment: there the address stays empty.
                ...(provider === "file" ? {} : { email: `\${ACME_EMAIL:?set it in .env}` }),
                storage: provider === "file" ? "traefik/acme.json" : "/acme/acme.json",
                tlsChallenge: {},
              },
            },
          },
        }),
    ping: {},
  };
}

/** Options as arguments of the program. */
export function edgeArguments(options: Options, prefix = "--"): string[] {
  return Object.entries(options).flatMap(([key, value]) => {
    const name = `${prefix}${key.toLowerCase()}`;
    if (typeof value !== "object") return [`${name}=${value}`];
    return Object.keys(value).length === 0 ? [`${name}=true`] : edgeArguments(value, `${name}.`);
  });
}
