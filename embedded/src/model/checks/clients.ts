import { type App, created } from "../app.js";
import { type SourceModule, specifierOf } from "../source/source-module.js";
import { ts } from "../typescript.js";

/** Checks the use of the generated code: known services, known endpoints, and a tsconfig that leads to it. */
export function checkClients(app: App): void {
  const services = new Set(app.services.list.map((s) => s.name.replaceAll("-", "_")));
  for (const module of app.modules) {
    checkNames(app, module, services);
    checkAlias(app, module);
  }
  checkEndpoints(app);
}

function checkNames(app: App, module: SourceModule, services: Set<string>): void {
  for (const node of module.imports) {
    const bindings = node.importClause?.namedBindings;
    if (specifierOf(node) !== "~encore/clients" || node.importClause?.isTypeOnly) continue;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    for (const element of bindings.elements) {
      const name = (element.propertyName ?? element.name).text;
      if (element.isTypeOnly || services.has(name)) continue;
      app.diagnostics.error(
        { module, node: element },
        {
          code: "client-unknown",
          message: `There is no service \`${name}\`.`,
          fix: `Services are named as declared, with \`-\` as \`_\`: ${[...services].join(", ") || "none"}.`,
        },
      );
    }
  }
}

/** The bundler finds `~encore/…` by the alias in tsconfig.json only. */
function checkAlias(app: App, module: SourceModule): void {
  for (const node of module.imports) {
    const specifier = specifierOf(node);
    if (!specifier.startsWith("~encore/") || node.importClause?.isTypeOnly) continue;
    if (app.loader.hasAlias(specifier)) continue;
    app.diagnostics.error(
      { module, node },
      {
        code: "alias-missing",
        message: `tsconfig.json has no alias for "${specifier}".`,
        fix: 'Add `"paths": { "~encore/*": ["./encore.gen/*"] }` to its compilerOptions.',
      },
    );
  }
}

/** A call of an endpoint that the service does not have throws. */
function checkEndpoints(app: App): void {
  const endpoints = new Set(
    created(app, "endpoint")
      .filter(({ resource: r }) => r.endpointKind !== "static")
      .map(({ resource: r }) => `${r.serviceName}.${r.name}`),
  );
  for (const usage of app.usages) {
    if (usage.kind !== "call" || usage.endpoint === undefined) continue;
    if (endpoints.has(`${usage.service}.${usage.endpoint}`)) continue;
    app.diagnostics.warn(usage, {
      code: "client-endpoint-unknown",
      message: `The service \`${usage.service}\` has no endpoint \`${usage.endpoint}\`: the call will throw.`,
      fix: "Correct the name, or declare the endpoint.",
    });
  }
}
