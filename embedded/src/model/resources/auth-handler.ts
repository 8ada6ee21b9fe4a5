import type TS from "typescript";
import { wireOf } from "../schema/to-schema.js";
import { addBind, docOf } from "./bind.js";
import { fieldsOf } from "./describe-endpoint.js";
import { handlerSignature } from "./endpoint-types.js";
import { attempt, Unreadable } from "./literals.js";
import { boundVariable, enclosingCall, usesOf } from "./references.js";
import type { Pass, TypedAt } from "./resource.js";

/** Reads `authHandler<Params, AuthData>(…)`. */
export function readAuthHandlers(pass: Pass): void {
  for (const use of usesOf(pass.module, "encore.dev/auth", ["authHandler"])) {
    attempt(pass.diagnostics, pass.module, () => {
      const call = enclosingCall(use);
      if (call) readAuthHandler(pass, use, call);
    });
  }
}

function readAuthHandler(pass: Pass, use: TS.Identifier, call: TS.CallExpression): void {
  const refuse = (message: string, fix: string) =>
    new Unreadable(call, { code: "auth-handler-invalid", message, fix });
  const name = boundVariable(use);
  if (!name)
    throw refuse(
      "An auth handler must be bound to a variable.",
      "Write `export const auth = authHandler(…)`.",
    );
  const handler = call.arguments[0];
  if (!handler) throw refuse("The auth handler has no handler function.", "Give it as the first argument.");
  const signature = handlerSignature(handler);
  const paramsNode = signature.request ?? call.typeArguments?.[0];
  const dataNode = signature.response ?? call.typeArguments?.[1];
  if (!paramsNode || !dataNode) {
    throw refuse("The auth handler must state its types.", "Write `authHandler<Params, AuthData>(…)`.");
  }
  const { resolver, module } = pass;
  const params: TypedAt = { type: resolver.resolve(module, paramsNode), node: paramsNode };
  const data = resolver.resolve(module, dataNode);
  for (const field of fieldsOf(resolver, params).values()) {
    if (wireOf(field.type)) continue;
    const spot = field.spot ?? { module, node: paramsNode };
    throw new Unreadable(
      spot.node,
      {
        code: "auth-params",
        message: `\`${field.name}\` must be a \`Header\`, \`Query\` or \`Cookie\`: auth handlers see nothing else.`,
        fix: `Write \`${field.name}: Header<"…">\`.`,
      },
      spot.module,
    );
  }
  addBind(
    pass,
    call,
    { kind: "variable", name },
    {
      kind: "auth-handler",
      name: name.text,
      module,
      node: call,
      ...docOf(pass, call),
      params,
      authData: { type: resolver.unwrapPromise(data), node: dataNode },
    },
  );
}
