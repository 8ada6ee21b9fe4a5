import { type App, created } from "../app.js";
import type { Finding, Spot } from "../diagnostics.js";
import { wireOf, withoutUndefined } from "../schema/to-schema.js";
import type { Declaration } from "../source/scope.js";
import type { ObjectType, Type, WirePlace } from "../types/type.js";
import { isPlain } from "./payloads.js";

type Role = "request" | "response" | "message" | "auth";

const TYPE_NAMES: Record<WirePlace, string> = {
  header: "Header",
  query: "Query",
  cookie: "Cookie",
  status: "HttpStatus",
  attribute: "Attribute",
};

/** Warns of wire types that are accepted, and then do something else than they say. */
export function checkWireTraps(app: App): void {
  for (const { resource: r } of created(app, "endpoint")) {
    const stream = r.endpointKind.startsWith("stream");
    if (r.handshake)
      checkPayload(app, { module: r.module, node: r.handshake.node }, r.handshake.type, "request");
    if (r.request)
      checkPayload(
        app,
        { module: r.module, node: r.request.node },
        r.request.type,
        stream ? "message" : "request",
      );
    if (r.response) {
      const role = stream && r.endpointKind !== "stream-in" ? "message" : "response";
      checkPayload(app, { module: r.module, node: r.response.node }, r.response.type, role);
    }
  }
  for (const { resource: r } of created(app, "topic")) {
    checkPayload(app, { module: r.module, node: r.message.node }, r.message.type, "message");
  }
  for (const { resource: r } of created(app, "auth-handler")) {
    checkPayload(app, { module: r.module, node: r.params.node }, r.params.type, "auth");
  }
}

function checkPayload(app: App, spot: Spot, type: Type, role: Role): void {
  app.resolver.within(spot, () => {
    const top = app.resolver.underlying(app.resolver.unwrapPromise(type));
    if (top.kind === "object") checkFields(app, spot, top, role);
    else visitNested(app, spot, top, new Set());
  });
}

function checkFields(app: App, spot: Spot, type: ObjectType, role: Role): void {
  const seen = new Set<Declaration>();
  for (const field of type.fields) {
    const at = field.spot ?? spot;
    const wire = wireOf(withoutUndefined(field.type).type);
    if (!wire) {
      visitNested(app, at, field.type, seen);
      continue;
    }
    const problem = wireProblem(app, wire, field.name, role);
    if (problem) app.diagnostics.warn(at, problem);
    visitNested(app, at, wire.of, seen);
  }
}

function wireProblem(
  app: App,
  wire: Type & { kind: "wire" },
  field: string,
  role: Role,
): Finding | undefined {
  const name = TYPE_NAMES[wire.at];
  const finding = (message: string, fix: string): Finding => ({ code: "wire-ignored", message, fix });
  if (wire.at === "query" && role === "response") {
    return finding(
      `\`${field}\` is a \`Query\`, which a response does not have: it is left out.`,
      "Use a plain field.",
    );
  }
  if (wire.at !== "attribute" && role === "message") {
    return finding(`\`${field}\` is a \`${name}\`, which a message does not have.`, "Use a plain field.");
  }
  if (wire.at === "status" && role === "request") {
    return finding(`\`${field}\` is an \`HttpStatus\`, which a request does not have.`, "Use a plain field.");
  }
  if (
    wire.rename !== undefined &&
    wire.rename !== field &&
    (wire.at === "query" || wire.at === "attribute")
  ) {
    return finding(
      `\`${name}\` cannot be renamed: \`${field}\` keeps its own name on the wire, not \`${wire.rename}\`.`,
      `Name the field \`${wire.rename}\`, or drop the name.`,
    );
  }
  if ((wire.at === "header" || wire.at === "cookie") && !isPlain(app.resolver, wire.of)) {
    return finding(
      `\`${field}\` is a \`${name}\` of an object, which cannot be decoded.`,
      "Use a plain value.",
    );
  }
  return undefined;
}

/** Wire types inside arrays, unions and nested objects count for nothing. */
function visitNested(app: App, spot: Spot, type: Type, seen: Set<Declaration>): void {
  const { resolver } = app;
  const visit = (part: Type, at: Spot = spot) =>
    resolver.guard(() => visitNested(app, at, part, seen), undefined);
  switch (type.kind) {
    case "wire":
      app.diagnostics.warn(spot, {
        code: "wire-nested",
        message: `\`${TYPE_NAMES[type.at]}\` has no effect here: it must be the type of a top-level field.`,
        fix: "Move it to a field of the request, response or message itself, or use a plain type.",
      });
      break;
    case "named":
      if (!seen.has(type.declaration)) {
        seen.add(type.declaration);
        visit(resolver.expand(type));
      }
      break;
    case "object":
      for (const field of type.fields) visit(field.type, field.spot ?? spot);
      if (type.index) visit(type.index.value);
      break;
    case "array":
      visit(type.element);
      break;
    case "union":
      for (const member of type.members) visit(member);
      break;
    case "validated":
    case "optional":
      visit(type.of);
      break;
  }
}
