import type TS from "typescript";
import { isBasic, type Type } from "../types/type.js";
import { ts } from "../typescript.js";
import { addBind, docOf, readNamed } from "./bind.js";
import { attempt, expression, objectOf, placed, text, Unreadable } from "./literals.js";
import { readMade } from "./named-class.js";
import { bindingOf, enclosingNew, usesOf } from "./references.js";
import type { Pass } from "./resource.js";

const PACKAGE = "encore.dev/storage/cache";
const POLICIES = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-ttl",
  "volatile-random",
];
const KEYSPACES = [
  "String",
  "Int",
  "Float",
  "StringList",
  "NumberList",
  "StringSet",
  "NumberSet",
  "Struct",
].map((kind) => `${kind}Keyspace`);

const clusterConfig = objectOf({ evictionPolicy: placed(text) });
const keyspaceConfig = objectOf({ keyPattern: placed(text), defaultExpiry: expression }, ["keyPattern"]);

/** Reads `new CacheCluster("name", …)`, `CacheCluster.named("name")` and keyspaces. */
export function readCaches(pass: Pass): void {
  const { module } = pass;
  const layout = { classes: ["CacheCluster"], config: clusterConfig };
  readMade(pass, PACKAGE, layout, ({ node, binding, name, config }) => {
    const policy = config?.evictionPolicy;
    if (policy && !POLICIES.includes(policy.value)) {
      throw new Unreadable(policy.node, {
        code: "cache-policy",
        message: `There is no eviction policy \`${policy.value}\`.`,
        fix: `Use one of ${POLICIES.join(", ")}.`,
      });
    }
    addBind(pass, node, binding, {
      kind: "cache",
      name,
      module,
      node,
      ...docOf(pass, node),
      evictionPolicy: policy?.value ?? "allkeys-lru",
    });
  });
  for (const use of usesOf(module, PACKAGE, ["CacheCluster"])) {
    attempt(pass.diagnostics, module, () => readNamed(pass, use, "cache"));
  }
  for (const use of usesOf(module, PACKAGE, KEYSPACES)) {
    attempt(pass.diagnostics, module, () => {
      const made = enclosingNew(use);
      if (made) readKeyspace(pass, use, made);
    });
  }
}

function readKeyspace(pass: Pass, use: TS.Identifier, made: TS.NewExpression): void {
  const { module, resolver } = pass;
  const refuse = (node: TS.Node, message: string, fix: string) =>
    new Unreadable(node, { code: "keyspace-invalid", message, fix });
  const [cluster, config] = made.arguments ?? [];
  if (!cluster || !config || ts.isSpreadElement(cluster)) {
    throw refuse(
      made,
      "A keyspace takes a cluster and a configuration object.",
      "Write `new StringKeyspace<K>(cluster, { keyPattern })`.",
    );
  }
  const { keyPattern } = keyspaceConfig(config);
  const [keyNode, valueNode] = made.typeArguments ?? [];
  if (!keyNode)
    throw refuse(made, "The type of the keys is missing.", "Write `new StringKeyspace<string>(…)`.");
  const pattern = keyPattern!;
  const binding = bindingOf(use, made);
  const stated = resolver.resolve(module, keyNode);
  const key = resolver.underlying(stated);
  if (stated.kind === "named" && key.kind !== "object") {
    throw refuse(keyNode, "A key must be a plain value or an interface.", "Spell a plain type directly.");
  }
  checkPattern(pattern.value, pattern.node, key, keyNode);
  if (valueNode) {
    const value = resolver.underlying(resolver.resolve(module, valueNode));
    const struct = ts.isIdentifier(made.expression) && made.expression.text === "StructKeyspace";
    if (struct && value.kind !== "object" && value.kind !== "class") {
      throw refuse(valueNode, "The values of a struct keyspace must be objects.", "Use an interface.");
    }
  }
  if (!resolver.resolveReference(module, cluster)) {
    throw refuse(made, "The cluster of the keyspace cannot be found.", "Name the variable that holds it.");
  }
  addBind(pass, made, binding, { kind: "keyspace", module, node: made, ...docOf(pass, made) });
}

const KEY_TYPES = ["string", "number", "boolean", "bigint"] as const;

/** Every parameter of the pattern is a field of the key, and every field is in the pattern. */
function checkPattern(pattern: string, patternNode: TS.Node, key: Type, keyNode: TS.Node): void {
  const refuse = (node: TS.Node, message: string) =>
    new Unreadable(node, {
      code: "key-pattern",
      message,
      fix: "Use each field of the key once, as in `user/:id`.",
    });
  const parameters = pattern.split("/").flatMap((s) => (s.startsWith(":") ? [s.slice(1)] : []));
  if (pattern.startsWith("__encore"))
    throw refuse(patternNode, "Keys beginning with `__encore` are reserved.");
  if (isBasic(key, "any", "unknown")) throw refuse(keyNode, "The type of the keys must be known.");
  if (key.kind === "basic") {
    if (parameters.some((p) => p !== "key"))
      throw refuse(patternNode, "The parameter of a plain key is named `:key`.");
    return;
  }
  if (key.kind !== "object") throw refuse(keyNode, "A key must be a plain value or an interface.");
  for (const field of key.fields) {
    if (!isBasic(field.type, ...KEY_TYPES))
      throw refuse(keyNode, `The key field \`${field.name}\` must be a plain value.`);
    if (!parameters.includes(field.name))
      throw refuse(keyNode, `The key field \`${field.name}\` is not in the pattern.`);
  }
  const unknown = parameters.find((p) => !key.fields.some((f) => f.name === p));
  if (unknown !== undefined) throw refuse(patternNode, `The key has no field \`${unknown}\`.`);
}
