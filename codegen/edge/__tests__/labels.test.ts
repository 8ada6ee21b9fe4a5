import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { generateProject } from "../../generator/generate-project.js";
import { checkModel } from "../../generator/model/check-model.js";

/** Traefik's own parser (`codegen/edge/traefik/label-check`); without it these tests are skipped. */
const program = process.env.TRAEFIK_LABEL_CHECK;
const root = path.resolve(import.meta.dirname, "../../..");

interface Labelled {
  labels?: Record<string, string>;
  deploy?: { labels?: Record<string, string> };
}

/** Labels of a compose file and a stack, by container. */
function labelsOf(files: Record<string, string>): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const [name, text] of Object.entries(files)) {
    const { services } = parse(text) as { services: Record<string, Labelled> };
    for (const [service, { labels, deploy }] of Object.entries(services))
      found[`${name}: ${service}`] = { ...labels, ...deploy?.labels };
  }
  return found;
}

function generated(domain: string): Record<string, string> {
  const services = [
    { name: "catalog", port: 3001, visibility: "public", websocketPath: "/live" },
    { name: "order-items", port: 3002, visibility: "public", limits: { requestsPerMinute: 3 } },
    { name: "stock", port: 3003 },
  ];
  const { model } = checkModel({ name: "shop", domain, services });
  const files = generateProject(model!).filter(({ path: name }) => name.startsWith("docker-"));
  return Object.fromEntries(files.map(({ path: name, text }) => [name, text]));
}

const check = (labels: object) =>
  spawnSync(program!, { input: JSON.stringify(labels), encoding: "utf8", timeout: 30_000 });

it.skipIf(program === undefined).each(["localhost", "example.com"])(
  "every label of a project at %s passes Traefik's own parser",
  (domain) => {
    const labels = labelsOf(generated(domain));
    expect(Object.keys(labels["docker-compose.yml: catalog"] ?? {}).length).toBeGreaterThan(15);
    expect(check(labels).stdout).toBe("");
  },
);

it.skipIf(program === undefined)("every label of Axion's own containers passes Traefik's own parser", () => {
  const names = ["docker-compose.yml", "docker-stack.yml"];
  const files = names.map((name) => [name, readFileSync(path.join(root, name), "utf8")]);
  expect(check(labelsOf(Object.fromEntries(files))).stdout).toBe("");
});

it.skipIf(program === undefined)("a label that Traefik does not know is named", () => {
  const labels = { "traefik.http.routers.shop.rulez": "Host(`a`)" };
  const { status, stdout } = check({ catalog: labels });
  expect(status).toBe(1);
  expect(stdout).toContain("catalog");
});

it("Axion's own files are what its docker/services.config.ts says", () => {
  const shown = execFileSync("npm", ["run", "--silent", "docker:generate-labels:dry"], {
    cwd: root,
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(shown).toBe("Nothing to change.\n");
});
