import path from "node:path";
import { SchemaWriter } from "../../../../embedded/src/generate/openapi/json-schema.js";
import { nameTypes } from "../../../../embedded/src/generate/type-names.js";
import type { AppModel, Field, NamedType, TypeSchema } from "../../../../embedded/src/model/app-model.js";
import { Diagnostics } from "../../../../embedded/src/model/diagnostics.js";
import { SchemaBuilder } from "../../../../embedded/src/model/schema/to-schema.js";
import { ModuleLoader } from "../../../../embedded/src/model/source/module-loader.js";
import { Resolver } from "../../../../embedded/src/model/types/resolver.js";
import { loadTypeScript } from "../../../../embedded/src/model/typescript.js";
import type { JsonValue } from "../../../json.js";
import type { CataloguedEvent } from "../types.js";
import { consumersOf, handledBy } from "./find-consumers.js";
import { findProducers } from "./find-producers.js";

/** Where every topic has its entry. */
const topicsFile = "shared/events/topics.ts";
const topicsType = "TopicMessages";

/**
 * Describes every version of every event type: its schema from the types in `shared/events/types/`, by the entries of
 * `TopicMessages`; its producers and consumers from the sources of the services.
 */
export function describeEvents(model: AppModel, root: string): CataloguedEvent[] {
  loadTypeScript();
  const { messages, types } = readMessages(root);
  const producers = findProducers(model, root);
  const subscriptions = handledBy(model, root);
  const fieldsOf = (type: TypeSchema): Field[] => {
    const plain = type.kind === "ref" ? types[type.type]!.type : type;
    return plain.kind === "object" ? plain.fields : [];
  };
  return messages.flatMap(({ name: topic, type: message }) => {
    const body = fieldsOf(message).find(({ name }) => name === "event")!.type;
    const variants = body.kind === "union" ? body.members : [body];
    return variants.map((variant) => {
      const fields = fieldsOf(variant);
      const type = String(literalOf(fields, "type"));
      const version = Number(literalOf(fields, "version") ?? 1);
      const described = variant.kind === "ref" ? types[variant.type]?.doc : undefined;
      return {
        topic,
        type,
        version,
        description: described ?? "",
        producers: topic.endsWith("-dlq") ? [topic.slice(0, -"-dlq".length)] : (producers.get(type) ?? []),
        consumers: consumersOf(subscriptions, { topic, type, version }),
        schema: schemaOf({ ...model, types }, variant),
      };
    });
  });
}

function readMessages(root: string): { messages: Field[]; types: Record<string, NamedType> } {
  const diagnostics = new Diagnostics();
  const loader = new ModuleLoader(root, diagnostics);
  const resolver = new Resolver(loader, diagnostics);
  const schemas = new SchemaBuilder(resolver);
  const module = loader.load(path.join(root, topicsFile));
  const declaration = module.scope.exports.get(topicsType);
  if (declaration === undefined) throw new Error(`${topicsFile} exports no ${topicsType}.`);
  const entries = schemas.schema({ kind: "named", declaration, args: [] });
  const { types } = schemas;
  const topics = entries.kind === "ref" ? types[entries.type]!.type : entries;
  if (topics.kind !== "object") throw new Error(`${topicsType} is not an interface.`);
  return { messages: topics.fields, types };
}

function literalOf(fields: Field[], name: string): string | number | boolean | undefined {
  const type = fields.find((field) => field.name === name)?.type;
  return type?.kind === "literal" ? type.value : undefined;
}

function schemaOf(model: AppModel, variant: TypeSchema): { [keyword: string]: JsonValue } {
  const writer = new SchemaWriter(
    model,
    nameTypes(model, Object.keys(model.types), () => false),
  );
  const reference = writer.schema(variant);
  const names = Object.keys(writer.components);
  const own = String(reference.$ref ?? "")
    .split("/")
    .at(-1);
  const text = JSON.stringify({
    ...(own !== undefined && own in writer.components ? writer.components[own] : reference),
    ...(names.length > 1 ? { $defs: withoutKey(writer.components, own) } : {}),
  });
  return JSON.parse(text.replaceAll('"#/components/schemas/', '"#/$defs/')) as {
    [keyword: string]: JsonValue;
  };
}

function withoutKey<T>(object: Record<string, T>, key: string | undefined): Record<string, T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
