import type { ProjectModel, ServiceModel } from "../../model/schema.js";
import { testView } from "../../views/test-view.js";
import type { Feature, FeatureFile } from "./feature.js";

/** Tests that call the built service as its callers do, with what its features have it configured. */
export function tests(
  project: ProjectModel,
  service: ServiceModel,
  { config, ready }: Required<Feature>,
): Feature {
  const needs = ready.map(({ what }) => what);
  const view = testView(project, service, config, needs);
  const file = (path: string, more: object = {}): FeatureFile => ({
    path: `test/${path}`,
    template: `test/${path}`,
    view: { ...view, ...more },
  });
  const bodies = view.samples.flatMap(({ members }) => members).join(" ");
  const needed = view.samples.filter(({ name }) => bodies.includes(`create${name}(`));
  const samples = {
    uuids: bodies.includes("randomUUID"),
    needed,
    neededCallers: [...new Set(needed.map(({ caller }) => caller))].filter(Boolean).toSorted(),
  };
  return {
    files: [
      file("running-service.ts"),
      file("service.test.ts"),
      ...(view.samples.length > 0 ? [file("samples.ts", samples)] : []),
      ...view.entities.map((entity) => ({
        path: `test/${entity.path}.test.ts`,
        template: "test/entity.test.ts",
        view: entity,
      })),
    ],
    scripts: { test: `node --no-warnings ../../scripts/test.ts ${service.name}` },
  };
}
