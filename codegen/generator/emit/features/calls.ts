import { addressVariable, clientView } from "../../views/client-view.js";
import type { FeatureOf } from "./feature.js";

/** Clients of the services that this one may call. */
export const calls: FeatureOf = (project, service) => {
  const callees = service.dependsOn.map((dependency) => ({
    dependency,
    callee: project.services.find(({ name }) => name === dependency.service)!,
  }));
  const clients = callees
    .map(({ dependency, callee }) => clientView(project, callee, dependency.operations))
    .filter(({ functions }) => functions.length > 0);
  if (clients.length === 0) return {};
  return {
    files: [
      ...["call", "call-error"].map((name) => ({
        path: `src/clients/${name}.ts`,
        template: `src/clients/${name}.ts`,
      })),
      ...clients.map((view) => ({
        path: `src/clients/${view.callee}-client.ts`,
        template: "src/clients/client.ts",
        view,
      })),
    ],
    packages: ["cockatiel"],
    config: clients.map(({ callee, port }) => ({
      name: addressVariable(callee),
      schema: "address",
      default: `http://${callee}:${port}`,
      development: `http://127.0.0.1:${port}`,
      description: `Where the service ${callee} answers.`,
    })),
  };
};
