import type { ConfigEntry, FeatureOf } from "./feature.js";

/** Clients of the services that this one may call. */
export const calls: FeatureOf = (project, service) => ({
  config: service.dependsOn.map((dependency): ConfigEntry => {
    const { name, port } = project.services.find((each) => each.name === dependency.service)!;
    return {
      name: addressVariable(name),
      schema: "address",
      default: `http://${name}:${port}`,
      development: `http://127.0.0.1:${port}`,
      description: `Where the service ${name} answers.`,
    };
  }),
});

/** The variable that holds a service's address: `order-items` → `ORDER_ITEMS_URL`. */
export function addressVariable(service: string): string {
  return `${service.replaceAll("-", "_").toUpperCase()}_URL`;
}
