import { Document, isMap, isScalar, isSeq, parseDocument, visit, type YAMLMap } from "yaml";
import { infrastructure, serviceContainer, type Target, volumes } from "./containers.ts";
import { isOwnLabel, traefikLabels } from "./edge-routes.ts";
import type { DockerConfig, ServiceConfig } from "./service-config.ts";

const header: Record<Target, string> = {
  compose:
    " Containers on one machine: docker compose up --build\n What docker/services.config.ts says of services is renewed by: npm run docker:generate-labels:all",
  swarm:
    " Services of a swarm: docker stack deploy --compose-file docker-stack.yml NAME\n What docker/services.config.ts says of services is renewed by: npm run docker:generate-labels:all",
};

/** The whole file for `docker compose` or `docker stack deploy`. */
export function composeFile(config: DockerConfig, target: Target): string {
  const { name } = config.project;
  const driver = target === "compose" ? {} : { driver: "overlay" };
  const document = new Document(
    {
      ...(target === "compose" ? { name } : {}),
      services: infrastructure(config, target),
      networks: {
        edge: { name: `${name}-edge`, ...driver },
        internal: { name: `${name}-internal`, ...driver },
      },
      ...(Object.keys(volumes(config)).length > 0 ? { volumes: volumes(config) } : {}),
    },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = header[target].replace("NAME", name);
  const services = document.get("services") as YAMLMap;
  for (const service of config.services) update(document, services, config, service, target);
  for (const map of [document.contents as unknown as YAMLMap, services]) {
    for (const [index, { key }] of map.items.entries()) {
      if (index > 0 && isScalar(key)) key.spaceBefore = true;
    }
  }
  visit(document, {
    Pair(_, { key, value }) {
      if (isSeq(value) && isScalar(key) && key.value === "test") value.flow = true;
    },
  });
  return write(document, 2);
}

/**
 * The file with what `docker/services.config.ts` says of these services: the labels of the edge, replicas and memory;
 * a service that the file lacks is added. Everything else stays as it is, comments too.
 */
export function updateComposeFile(
  text: string,
  config: DockerConfig,
  wanted: ServiceConfig[],
  target: Target,
): string {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(problem.message);
  const services = document.get("services");
  if (!isMap(services)) throw new Error("There is no map `services`.");
  for (const service of wanted) update(document, services, config, service, target);
  const indentation = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return write(document, indentation);
}

function update(
  document: Document,
  services: YAMLMap,
  config: DockerConfig,
  service: ServiceConfig,
  target: Target,
): void {
  const name = service.dockerServiceName;
  const labelsPath = target === "compose" ? ["labels"] : ["deploy", "labels"];
  const labels = traefikLabels(config, service, target === "compose" ? "docker" : "swarm");
  if (!isMap(services.get(name))) {
    const key = document.createNode(name);
    key.spaceBefore = true;
    services.add(
      document.createPair(key, serviceContainer(config, service, target), { aliasDuplicateObjects: false }),
    );
    services.setIn([name, ...labelsPath], document.createNode(labels));
    return;
  }
  services.setIn([name, "deploy", "replicas"], service.replicas);
  services.setIn([name, "deploy", "resources", "limits", "memory"], `${service.memoryMb}M`);
  const present: unknown = services.getIn([name, ...labelsPath]);
  if (isSeq(present)) {
    const kept = present.items.filter((item) => !isOwnLabel(nameOf(item), service));
    present.items = [...Object.entries(labels).map((entry) => document.createNode(entry.join("="))), ...kept];
  } else if (isMap(present)) {
    const kept = present.items.filter(({ key }) => !isOwnLabel(nameOf(key), service));
    const own = Object.entries(labels).map(([label, value]) => document.createPair(label, value));
    present.items = [...own, ...kept];
  } else {
    services.setIn([name, ...labelsPath], document.createNode(labels));
  }
}

/** The label's name, of `name=value` in a list or of a key in a map. */
function nameOf(node: unknown): string {
  const text = isScalar(node) ? String(node.value) : String(node);
  return text.split("=", 1)[0] ?? text;
}

function write(document: Document, indent: number): string {
  return document.toString({ indent, lineWidth: 0, flowCollectionPadding: false });
}
