// A certificate for the hosts of this project that nobody signed: npm run docker:certificate. It replaces an earlier one.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { DockerConfig } from "./docker/service-config.ts";

const root = process.cwd();
const file = path.join(root, "docker/services.config.ts");
const { dockerConfig } = (await import(pathToFileURL(file).href)) as { dockerConfig: DockerConfig };
const hosts = dockerConfig.services
  .filter(({ visibility }) => visibility === "public")
  .map(({ host }) => host);
if (hosts.length === 0) {
  process.stderr.write("No service is public: there is no host to certify.\n");
  process.exit(1);
}

const folder = path.join(root, "traefik/certificates");
mkdirSync(folder, { recursive: true });
const key = path.join(folder, "edge.key");
const made = spawnSync(
  "openssl",
  [
    ...[
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-noenc",
      "-days",
      "825",
      "-subj",
      `/CN=${dockerConfig.project.name}`,
    ],
    ...["-addext", `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`],
    ...["-keyout", key, "-out", path.join(folder, "edge.crt")],
  ],
  { encoding: "utf8", timeout: 30_000 },
);
if (made.status !== 0) {
  process.stderr.write(`openssl made no certificate: ${made.error?.message ?? made.stderr}\n`);
  process.exit(1);
}
chmodSync(key, 0o600);
process.stdout.write(`wrote traefik/certificates/edge.crt for ${hosts.join(", ")}\n`);
