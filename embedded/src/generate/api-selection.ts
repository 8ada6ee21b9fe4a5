import type { AppModel, Endpoint, Service } from "../model/app-model.js";

/** Which part of the API a client or a description covers. Absent lists do not restrict. */
export interface ApiFilter {
  services?: string[];
  excludedServices?: string[];
  tags?: string[];
  excludedTags?: string[];
}

/** The exposed endpoints that a filter leaves, with the services that have any. Files served are not part of the API. */
export function selectApi(
  model: AppModel,
  filter: ApiFilter,
): { services: Service[]; endpoints: Endpoint[] } {
  const isServiceWanted = (name: string) =>
    (filter.services?.includes(name) ?? true) && !filter.excludedServices?.includes(name);
  const endpoints = model.endpoints.filter(
    (endpoint) =>
      endpoint.expose &&
      endpoint.kind !== "static" &&
      isServiceWanted(endpoint.service) &&
      (filter.tags === undefined || endpoint.tags.some((tag) => filter.tags!.includes(tag))) &&
      !endpoint.tags.some((tag) => filter.excludedTags?.includes(tag)),
  );
  const services = model.services.filter(({ name }) =>
    endpoints.some((endpoint) => endpoint.service === name),
  );
  return { services, endpoints };
}
