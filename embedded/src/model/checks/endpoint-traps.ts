import type TS from "typescript";
import { type App, created } from "../app.js";
import type { Spot } from "../diagnostics.js";
import type { EndpointResource } from "../resources/resource.js";
import { ts } from "../typescript.js";

/** Warns of endpoints that are accepted, and then behave otherwise than they read. */
export function checkEndpointTraps(app: App): void {
  const guarded = created(app, "gateway").some((b) => b.resource.authHandler);
  for (const { resource } of created(app, "endpoint")) {
    checkHandler(app, resource);
    checkPathText(app, resource);
    if (isInsideLiteral(resource)) {
      app.diagnostics.warn(resource, {
        code: "endpoint-in-object",
        message: `The endpoint is registered under the name of the object, \`${resource.name}\`, which is no endpoint.`,
        fix: "Write one `export const name = api(…)` per endpoint.",
      });
    }
    if (resource.options.auth && !guarded) {
      app.diagnostics.warn(resource, {
        code: "auth-without-handler",
        message: `\`${resource.name}\` needs authentication, but no gateway has an auth handler: every call is refused.`,
        fix: "Declare `authHandler(…)` and `export const gateway = new Gateway({ authHandler })`.",
      });
    }
  }
}

function checkHandler(app: App, endpoint: EndpointResource): void {
  const call = endpoint.node;
  if (endpoint.endpointKind !== "typed" || !ts.isCallExpression(call)) return;
  const handler = call.arguments[1];
  if (!handler) return;
  const [requestArgument, responseArgument] = call.typeArguments ?? [];
  const warn = (node: TS.Node, message: string, fix: string) =>
    app.diagnostics.warn({ module: endpoint.module, node } satisfies Spot, {
      code: "handler-untyped",
      message,
      fix,
    });
  if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) {
    if (requestArgument && responseArgument) return;
    warn(
      handler,
      requestArgument
        ? "The return type of a handler that is not written in place is not seen: the reply is empty."
        : "The types of a handler that is not written in place are not seen: no request is read, and the reply is empty.",
      "Write `api<Request, Response>(…)`, or the function in place.",
    );
    return;
  }
  const parameter = handler.parameters[0];
  if (parameter && !requestArgument && (parameter.initializer || !parameter.type)) {
    warn(
      parameter,
      parameter.initializer
        ? "The type of a parameter with a default is not seen: no request is read."
        : "The parameter has no type: no request is read.",
      parameter.initializer ? "Remove the default, and make the fields optional." : "State its type.",
    );
  }
  if (!handler.type && !responseArgument && returnsValue(handler)) {
    warn(handler, "The handler states no return type: its result is dropped.", "Add `: Promise<Response>`.");
  }
}

/** Whether a function gives something back, as far as its text tells. */
function returnsValue(handler: TS.ArrowFunction | TS.FunctionExpression): boolean {
  const { body } = handler;
  if (!ts.isBlock(body)) return !ts.isVoidExpression(body);
  let found = false;
  const visit = (node: TS.Node): void => {
    if (found || ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression) found = true;
    else ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isInsideLiteral(endpoint: EndpointResource): boolean {
  for (let at: TS.Node = endpoint.node.parent; !ts.isVariableDeclaration(at); at = at.parent) {
    if (ts.isObjectLiteralExpression(at) || ts.isArrayLiteralExpression(at)) return true;
    if (ts.isSourceFile(at)) return false;
  }
  return false;
}

/** Characters that a client sends percent-encoded never match the text of a path. */
function checkPathText(app: App, endpoint: EndpointResource): void {
  const wrong = endpoint.segments.find(
    (s) => s.kind === "literal" && /[^\w\-.~!$&'()*+,;=:@%]/.test(s.value),
  );
  if (!wrong) return;
  app.diagnostics.warn(
    { module: endpoint.module, node: endpoint.pathNode },
    {
      code: "path-characters",
      message: `The path \`${endpoint.path.raw}\` holds characters that are encoded in a request: none will match it.`,
      fix: "Use letters, digits and dashes.",
    },
  );
}
