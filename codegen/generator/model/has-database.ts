import type { ServiceModel } from "./schema.js";

/** Whether a service has a database of its own: for entities, for its outbox and inbox, or for the runs of its jobs. */
export function hasDatabase(service: ServiceModel): boolean {
  return service.entities.length > 0 || hasEvents(service) || service.jobs.length > 0;
}

/** Whether a service talks to the broker. */
export function hasEvents({ publishes, consumes }: ServiceModel): boolean {
  return publishes.length > 0 || consumes.length > 0;
}
