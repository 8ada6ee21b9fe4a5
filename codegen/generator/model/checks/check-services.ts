import type { Report } from "../diagnostics.js";
import { hasDatabase } from "../has-database.js";
import { reservedServices } from "../names.js";
import type { ProjectModel } from "../schema.js";
import { reportDuplicates } from "./duplicates.js";

/** Names, ports and hosts of services: none twice, none that something else needs. */
export function checkServices({ services, domain }: ProjectModel, report: Report): void {
  reportDuplicates(
    services.map((service) => service.name),
    "a service",
    (index) => ["services", index, "name"],
    report,
  );
  const ports = new Map<number, string>();
  const hosts = new Map<string, string>();
  for (const [index, service] of services.entries()) {
    const path = ["services", index];
    if (reservedServices.has(service.name)) {
      report({
        code: "reserved_name",
        path: [...path, "name"],
        message: `"${service.name}" has a meaning in generated projects`,
        fix: "Choose another name.",
      });
    }
    const takenBy = ports.get(service.port);
    if (takenBy !== undefined) {
      report({
        code: "port_taken",
        path: [...path, "port"],
        message: `port ${service.port} is that of the service "${takenBy}"`,
        fix: `Choose another port, e.g. ${freePort(services)}.`,
      });
    }
    ports.set(service.port, takenBy ?? service.name);
    if (service.renamedFrom !== undefined && service.database === undefined && hasDatabase(service)) {
      report({
        code: "database_left_behind",
        severity: "warning",
        path: [...path, "database"],
        message: `the data of "${service.name}" is in the database of "${service.renamedFrom}"`,
        fix: `Set "database": "${service.renamedFrom.replaceAll("-", "_")}_db", or the name that it has.`,
      });
    }
    const database = service.database;
    if (database !== undefined && services.some((other, at) => at < index && other.database === database)) {
      report({
        code: "database_taken",
        path: [...path, "database"],
        message: `"${database}" is the database of another service`,
        fix: "Give each service a database of its own.",
      });
    }
    checkEdge(service, path, report);
    if (service.visibility !== "public") continue;
    const host = service.host ?? `${service.name}.${domain}`;
    const sharedWith = hosts.get(host);
    if (sharedWith !== undefined) {
      report({
        code: "host_taken",
        path: [...path, "host"],
        message: `"${host}" routes to the service "${sharedWith}" already`,
        fix: "Give each public service its own host.",
      });
    }
    hosts.set(host, sharedWith ?? service.name);
  }
}

function checkEdge(service: ProjectModel["services"][number], path: PropertyKey[], report: Report): void {
  if (service.framework === "elysia" && service.runtime === "node") {
    report({
      code: "runtime_mismatch",
      path: [...path, "framework"],
      message: "Elysia runs on Bun, and this service on Node",
      fix: 'Set "runtime": "bun", or "framework": "hono".',
    });
  }
  for (const key of ["host", "websocketPath"] as const) {
    if (service.visibility === "internal" && service[key] !== undefined) {
      report({
        code: "internal_service",
        path: [...path, key],
        message: "the edge does not route to an internal service",
        fix: `Remove "${key}", or set "visibility": "public".`,
      });
    }
  }
}

function freePort(services: ProjectModel["services"]): number {
  const taken = new Set(services.map((service) => service.port));
  let port = Math.max(...taken) + 1;
  if (port > 65_535) port = 3_000;
  while (taken.has(port)) port++;
  return port;
}
