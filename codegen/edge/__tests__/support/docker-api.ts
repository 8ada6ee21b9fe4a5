import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A container as Traefik's Docker provider looks at it. */
export interface Container {
  name: string;
  labels: Record<string, string>;
  /** Networks with its address in each. */
  networks: Record<string, string>;
}

/** What Traefik asks of a Docker daemon, for a given list of containers. Traefik is told of a change by `changed`. */
export async function startDockerApi(containers: Container[]) {
  const listeners = new Set<(event: object) => void>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://docker").pathname.replace(/^\/v[\d.]+/, "");
    response.setHeader("api-version", "1.47");
    response.setHeader("content-type", "application/json");
    const one = /^\/containers\/([^/]+)\/json$/.exec(path)?.[1];
    if (path === "/_ping") response.end("OK");
    else if (path === "/version") response.end(JSON.stringify({ Version: "28.0.0", ApiVersion: "1.47" }));
    else if (path === "/containers/json") response.end(JSON.stringify(containers.map(listed)));
    else if (path === "/events") {
      response.flushHeaders();
      const listener = (event: object) => response.write(`${JSON.stringify(event)}\n`);
      listeners.add(listener);
      request.on("close", () => listeners.delete(listener));
    } else {
      const found = containers.find(({ name }) => name === one);
      response.statusCode = found === undefined ? 404 : 200;
      response.end(JSON.stringify(found === undefined ? { message: "no such container" } : inspected(found)));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changed: () => {
      for (const listener of listeners) listener({ Type: "container", Action: "start", Actor: { ID: "x" } });
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const networksOf = ({ networks }: Container) => ({
  Networks: Object.fromEntries(
    Object.entries(networks).map(([name, address]) => [name, { IPAddress: address, NetworkID: name }]),
  ),
});

function listed(container: Container): object {
  const { name, labels } = container;
  return {
    Id: name,
    Names: [`/${name}`],
    Labels: labels,
    State: "running",
    NetworkSettings: networksOf(container),
  };
}

function inspected(container: Container): object {
  const { name, labels, networks } = container;
  return {
    Id: name,
    Name: `/${name}`,
    Config: { Labels: labels },
    State: { Status: "running", Running: true },
    HostConfig: { NetworkMode: Object.keys(networks)[0] ?? "default" },
    NetworkSettings: { ...networksOf(container), Ports: {} },
  };
}
