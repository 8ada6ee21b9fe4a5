import type { CataloguedEvent } from "../types.js";

const introduction = `# Events

Every event of every topic, as it is published: generated from \`shared/events/types/\`, from the services' sources and their
subscriptions by \`npm run generate\`, and served by \`GET /api/v1/events/catalogue\`, with a JSON Schema of each.

Every event has an envelope: \`eventId\`, \`correlationId\`, \`causationId\`, \`userId\`, \`tenantId\`, \`projectId\` where there is one,
\`time\`, \`orderingKey\`, \`type\`, and \`version\` where it is not 1. What it tells is in \`event\`. How events are kept, replayed and
given up: [event-backbone.md](event-backbone.md).
`;

/** The catalogue as a page. */
export function describeInMarkdown(events: readonly CataloguedEvent[]): string {
  const topics = Map.groupBy(events, ({ topic }) => topic);
  const parts = [...topics].map(([topic, ofTopic]) => `## ${topic}\n\n${ofTopic.map(describe).join("\n")}`);
  return `${introduction}\n${parts.join("\n")}`;
}

function describe(event: CataloguedEvent): string {
  const { type, version, description, producers, consumers, schema } = event;
  const fields = Object.entries((schema.properties ?? {}) as Record<string, FieldSchema>)
    .filter(([name]) => name !== "type" && name !== "version")
    .map(
      ([name, field]) =>
        `| \`${name}\`${isRequired(schema, name) ? "" : "?"} | ${typeOf(field)} | ${textOf(field)} |`,
    );
  return [
    `### ${type}${version === 1 ? "" : `, version ${version}`}`,
    "",
    ...(description === "" ? [] : [description.replaceAll("\n", " "), ""]),
    `Published by ${listed(producers)}. Handled by ${listed(consumers)}.`,
    "",
    ...(fields.length === 0 ? [] : ["| field | type | |", "| --- | --- | --- |", ...fields, ""]),
  ].join("\n");
}

interface FieldSchema {
  type?: string;
  description?: string;
  items?: FieldSchema;
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  anyOf?: FieldSchema[];
  additionalProperties?: FieldSchema;
}

function isRequired(schema: CataloguedEvent["schema"], name: string): boolean {
  return Array.isArray(schema.required) && schema.required.includes(name);
}

function typeOf(field: FieldSchema): string {
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.$ref) return field.$ref.split(".").at(-1)!;
  if (field.anyOf) return field.anyOf.map(typeOf).join(" or ");
  if (field.type === "array") return `list of ${typeOf(field.items ?? {})}`;
  if (field.additionalProperties) return `map to ${typeOf(field.additionalProperties)}`;
  return field.type ?? "any JSON";
}

function textOf(field: FieldSchema): string {
  return (field.description ?? "").replaceAll("\n", " ").replaceAll("|", "\\|");
}

function listed(names: string[]): string {
  return names.length === 0 ? "nobody" : names.map((name) => `\`${name}\``).join(", ");
}
