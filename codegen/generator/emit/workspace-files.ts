import type { GeneratedFile } from "../generated-file.js";
import type { ProjectModel } from "../model/schema.js";
import { render } from "../render/templates.js";
import { type PackageName, pinned } from "../versions.js";
import { packageText } from "./package-file.js";

/** The files around the services. */
export function workspaceFiles(project: ProjectModel): GeneratedFile[] {
  const bunServices = project.services.filter(({ runtime }) => runtime === "bun").map(({ name }) => name);
  const tools: PackageName[] = ["@biomejs/biome", "@types/node", "esbuild", "node", "typescript"];
  if (bunServices.length > 0) tools.push("bun", "@types/bun");
  return [
    {
      path: "package.json",
      text: packageText({
        name: project.name,
        version: "0.1.0",
        private: true,
        type: "module",
        ...(project.description === undefined ? {} : { description: project.description }),
        engines: { node: ">=22.12" },
        workspaces: ["packages/*", "services/*"],
        scripts: {
          build: "node scripts/build.mjs",
          typecheck: project.services.map(({ name }) => `tsc -p services/${name}`).join(" && "),
          lint: "biome lint .",
        },
        devDependencies: pinned(...tools),
      }),
    },
    { path: "tsconfig.base.json", text: render("workspace/tsconfig.base.json.hbs", {}) },
    { path: "biome.json", text: render("workspace/biome.json.hbs", {}) },
    { path: "scripts/build.mjs", text: render("workspace/scripts/build.mjs.hbs", { bunServices }) },
    { path: ".gitignore", text: render("gitignore.hbs", {}) },
  ];
}
