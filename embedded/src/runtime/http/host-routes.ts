import type { IncomingMessage, ServerResponse } from "node:http";

/** Serves a path of the host itself: no endpoint, no authentication, no CORS. */
export type HostRouteHandler = (req: IncomingMessage, res: ServerResponse) => void;

const routes: { prefix: string; handler: HostRouteHandler }[] = [];

/** Serves all paths that start with `prefix`, which must lie below `/__axion/` or `/__encore/`. */
export function hostRoute(prefix: string, handler: HostRouteHandler): void {
  routes.push({ prefix, handler });
}

/** The handler of a path below `/__`, if there is one. */
export function findHostRoute(path: string): HostRouteHandler | undefined {
  return routes.find(({ prefix }) => path.startsWith(prefix))?.handler;
}
