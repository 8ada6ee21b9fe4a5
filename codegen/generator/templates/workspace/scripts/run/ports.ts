import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { ServiceConfig } from "../docker/service-config.ts";

/** The port that a listener got; undefined where the wanted one is taken. */
async function listen(port: number): Promise<number | undefined> {
  const server = createServer();
  server.listen(port);
  try {
    await once(server, "listening");
  } catch {
    return undefined;
  }
  const got = (server.address() as AddressInfo).port;
  server.close();
  await once(server, "close");
  return got;
}

/** Any port that nobody has. */
export async function freePort(): Promise<number> {
  const port = await listen(0);
  if (port === undefined) throw new Error("This machine has no free port.");
  return port;
}

/** Names each service whose port somebody else has. */
export async function takenPorts(services: ServiceConfig[]): Promise<string[]> {
  const taken: string[] = [];
  for (const { serviceName, port } of services) {
    if ((await listen(port)) === undefined)
      taken.push(
        `Port ${port} of ${serviceName} is taken: stop what listens there, or change the port in docker/services.config.ts.`,
      );
  }
  return taken;
}
