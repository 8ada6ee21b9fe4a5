import { type App, created } from "../app.js";
import { hasModifier } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";
import { ts } from "../typescript.js";

/** What the generated entry point imports must be exported: endpoints and the gateway. */
export function checkExports(app: App): void {
  for (const { resource, name, declaration } of created(app, "endpoint")) {
    const { module } = resource;
    const exported = module.scope.exports.get(resource.name);
    if (resource.endpointKind === "static" || name === undefined || (exported && exported === declaration))
      continue;
    const finding = {
      code: "endpoint-not-exported",
      message: `The endpoint \`${resource.name}\` is not exported under its name: it cannot be called.`,
      fix: `Write \`export const ${resource.name} = …\`.`,
    };
    const spot = { module, node: resource.nameNode };
    // A missing export stops the build, except from a file that exports nothing at all.
    if (exportsValues(module)) app.diagnostics.error(spot, finding);
    else app.diagnostics.warn(spot, finding);
  }
  for (const { resource, name } of created(app, "gateway")) {
    if (name === "default" || (name !== undefined && resource.module.scope.exports.has(name))) continue;
    app.diagnostics.error(resource, {
      code: "gateway-not-exported",
      message: "A gateway must be exported.",
      fix: "Write `export const gateway = new Gateway(…)`.",
    });
  }
}

/** Whether a file exports anything but types. */
function exportsValues(module: SourceModule): boolean {
  return module.syntax.statements.some((statement) => {
    if (ts.isExportAssignment(statement)) return true;
    if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly;
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return false;
    return hasModifier(statement, ts.SyntaxKind.ExportKeyword);
  });
}
