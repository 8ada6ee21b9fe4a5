import type { Hosted } from "../generate/entry-point.js";
import type { AppModel } from "../model/app-model.js";
import { nearest } from "./nearest.js";
import { usageError } from "./user-error.js";

export interface HostedSelection {
  /** Absent: all. */
  services?: string[];
  /** Absent: where the service that declares it is hosted. */
  gateway?: boolean;
}

/** Which services a process hosts, and whether it is the gateway. Unknown names are refused. */
export function selectHosted(model: AppModel, selection: HostedSelection): Hosted {
  const known = model.services.map((service) => service.name);
  const services = selection.services ?? known;
  for (const name of services) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    throw usageError(
      `the app has no service "${name}"`,
      close ? `Did you mean "${close}"?` : `It has: ${known.join(", ")}`,
    );
  }
  const gatewayServices = model.gateways.map((gateway) => gateway.service);
  const isGatewayHere =
    gatewayServices.some((name) => services.includes(name)) || gatewayServices.length === 0;
  return {
    services: [...new Set(services)],
    gateway: selection.gateway ?? (selection.services === undefined || isGatewayHere),
  };
}
