import { ts } from "../typescript.js";
import {
  flag,
  listOf,
  localPath,
  notLiteral,
  objectOf,
  orNull,
  placed,
  type Reader,
  text,
  Unreadable,
  uint32,
  uint64,
} from "./literals.js";

/** In the order in which several methods are listed. */
const METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

const method: Reader<string[]> = (node) => {
  if (ts.isStringLiteral(node)) return node.text === "*" ? ["*"] : [methodName(node)];
  if (!ts.isArrayLiteralExpression(node)) throw notLiteral(node, "a method or an array of methods");
  const names = node.elements.filter(ts.isStringLiteral);
  if (names.some((n) => n.text === "*")) {
    if (node.elements.length > 1) throw invalidMethod(node, "`*` cannot stand beside other methods.");
    return ["*"];
  }
  if (names.length === 0) throw invalidMethod(node, "The list of methods is empty.");
  const wanted = new Set(names.map(methodName));
  return METHODS.filter((m) => wanted.has(m));
};

function methodName(node: import("typescript").StringLiteral): string {
  if (METHODS.includes(node.text)) return node.text;
  throw invalidMethod(node, `\`${node.text}\` is not an HTTP method.`);
}

function invalidMethod(node: import("typescript").Node, message: string): Unreadable {
  return new Unreadable(node, {
    code: "method-invalid",
    message,
    fix: `Use upper-case methods: ${METHODS.join(", ")}.`,
  });
}

const headerValues: Reader<Record<string, string | string[]>> = (node) => {
  if (!ts.isObjectLiteralExpression(node)) throw notLiteral(node, "an object literal");
  const headers: Record<string, string | string[]> = {};
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    if (!ts.isIdentifier(property.name) && !ts.isStringLiteral(property.name)) continue;
    const value = property.initializer;
    headers[property.name.text] = ts.isArrayLiteralExpression(value) ? listOf(text)(value) : text(value);
  }
  return headers;
};

/** Reads the configuration object of an endpoint. */
export const endpointConfig = objectOf({
  method,
  path: placed(text),
  expose: flag,
  auth: flag,
  bodyLimit: orNull(uint64),
  tags: listOf(text),
  sensitive: flag,
  dir: placed(localPath),
  notFound: placed(localPath),
  notFoundStatus: uint32,
  headers: headerValues,
});

export type EndpointConfig = ReturnType<typeof endpointConfig>;
