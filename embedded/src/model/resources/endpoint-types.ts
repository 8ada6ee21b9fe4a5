import type TS from "typescript";
import type { Endpoint } from "../app-model.js";
import { ts } from "../typescript.js";
import { Unreadable } from "./literals.js";

/** The syntax of an endpoint's types; what a stream sends is its response, what it receives its request. */
export interface EndpointTypes {
  request?: TS.TypeNode;
  response?: TS.TypeNode;
  handshake?: TS.TypeNode;
}

/** Finds the types of an endpoint: in the handler's signature, or in the type arguments of the call. */
export function endpointTypes(call: TS.CallExpression, kind: Endpoint["kind"]): EndpointTypes {
  if (kind === "static") return {};
  const handler = call.arguments[1];
  if (!handler) {
    throw new Unreadable(call, {
      code: "endpoint-handler",
      message: "The endpoint has no handler.",
      fix: "Give the handler function as the second argument.",
    });
  }
  if (kind === "raw") return {};
  if (kind !== "typed") return streamTypes(call, handler, kind);
  const signature = handlerSignature(handler);
  const request = signature.request ?? call.typeArguments?.[0];
  const response = signature.response ?? call.typeArguments?.[1];
  return { ...(request && { request }), ...(response && { response }) };
}

/** The types that an inline function states; nothing for a function passed by reference. */
export function handlerSignature(handler: TS.Expression): { request?: TS.TypeNode; response?: TS.TypeNode } {
  if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) return {};
  refuseTypeParameters(handler);
  const parameter = handler.parameters[0];
  const request = parameter?.initializer ? undefined : parameter?.type;
  return { ...(request && { request }), ...(handler.type && { response: handler.type }) };
}

function refuseTypeParameters(handler: TS.ArrowFunction | TS.FunctionExpression): void {
  const first = handler.typeParameters?.[0];
  if (!first) return;
  throw new Unreadable(first, {
    code: "handler-generic",
    message: "A handler cannot have type parameters.",
    fix: "Write the types out.",
  });
}

const STREAM_ARGUMENTS: Record<string, { messages: number[]; names: string }> = {
  "stream-in": { messages: [1, 2], names: "Incoming (and optionally Outgoing)" },
  "stream-out": { messages: [1], names: "Outgoing" },
  "stream-in-out": { messages: [2], names: "Incoming, Outgoing" },
};

function streamTypes(call: TS.CallExpression, handler: TS.Expression, kind: Endpoint["kind"]): EndpointTypes {
  const { messages, names } = STREAM_ARGUMENTS[kind]!;
  const inline = ts.isArrowFunction(handler) || ts.isFunctionExpression(handler) ? handler : undefined;
  if (inline) refuseTypeParameters(inline);
  const withHandshake = inline?.parameters.length === 2;
  const args = call.typeArguments ?? [];
  const count = args.length - (withHandshake ? 1 : 0);
  if (!messages.includes(count)) {
    throw new Unreadable(args[0] ?? call, {
      code: "stream-type-arguments",
      message: `The stream needs type arguments ${withHandshake ? "Handshake, " : ""}${names}; it has ${args.length}.`,
      fix: "State every message type; with a handshake the handler is an inline function of two parameters.",
    });
  }
  const [first, second] = withHandshake ? args.slice(1) : args;
  const handshake = withHandshake ? args[0] : undefined;
  if (kind === "stream-out") return { ...(first && { response: first }), ...(handshake && { handshake }) };
  const response = second ?? inline?.type;
  return { ...(first && { request: first }), ...(response && { response }), ...(handshake && { handshake }) };
}
