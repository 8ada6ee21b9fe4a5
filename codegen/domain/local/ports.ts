import { createServer } from "node:net";
import { DeploymentFailure } from "./deployment-failure.js";

/** Ports for services: those that were asked for, and free ones. Throws a failure that names a port that is taken. */
export async function choosePorts(
  services: readonly string[],
  asked: Readonly<Record<string, number>>,
): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const service of services) {
    const wanted = asked[service];
    if (wanted === undefined) continue;
    if (!(await isFree(wanted))) throw portTaken(service, wanted);
    ports.set(service, wanted);
  }
  for (const service of services) {
    if (ports.has(service)) continue;
    let port = await freePort();
    while ([...ports.values()].includes(port)) port = await freePort();
    ports.set(service, port);
  }
  return ports;
}

/** Whether nobody listens on a port. */
export async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined;
}

function portTaken(service: string, port: number): DeploymentFailure {
  return new DeploymentFailure(
    "port_taken",
    `The port ${port} of the service ${service} is taken by another program; choose another one, or none.`,
    service,
  );
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const port = await listen(0);
  if (port === undefined) throw new DeploymentFailure("no_free_port", "The machine has no free port.");
  return port;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    // On all addresses, as services do: one that is taken on any of them is of no use to them.
    server.listen(port, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? undefined) : undefined));
    });
  });
}
