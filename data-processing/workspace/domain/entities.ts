import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { readSort } from "../../../shared/pagination/read-sort.js";
import type { DataSource } from "../../sources/data-source.js";
import { postgresError } from "../../sources/postgres-errors.js";
import type {
  CreateWorkspaceEntityRequest,
  CreateWorkspaceEntityResponse,
  ListWorkspaceEntitiesRequest,
  ListWorkspaceEntitiesResponse,
  WorkspaceEntity,
  WorkspaceField,
} from "../types.js";

const maxEntities = 1_000;
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

const fieldTypes = [
  "text",
  "integer",
  "bigint",
  "numeric",
  "double",
  "boolean",
  "date",
  "timestamptz",
  "uuid",
  "jsonb",
] as const;

const storedEntity = z.object({
  name: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(fieldTypes),
      precision: z.number().optional(),
      scale: z.number().optional(),
      required: z.boolean().optional(),
      unique: z.boolean().optional(),
      comment: z.string().optional(),
    }),
  ),
  primaryKey: z.array(z.string()),
  comment: z.string().optional(),
});

/**
 * Makes an entity of the tenant's workspace. The same definition again changes nothing; another one under a name
 * that is taken throws `alreadyExists`.
 */
export async function createEntity(
  workspace: DataSource,
  request: CreateWorkspaceEntityRequest,
): Promise<CreateWorkspaceEntityResponse> {
  const entity = normalized(request);
  checkEntity(entity);
  const created = await workspace.begin(async (tx) => {
    const [count] = await tx<{ count: number }[]>`SELECT count(*)::integer AS count FROM axion.entities`;
    if ((count?.count ?? 0) >= maxEntities) {
      throw APIError.resourceExhausted(`A workspace has ${maxEntities} entities at most.`);
    }
    const [row] = await tx<{ created: boolean | null }[]>`
      SELECT axion.create_entity(${JSON.stringify(entity)}::text::jsonb) AS created`;
    return row?.created;
  });
  if (typeof created !== "boolean") {
    throw APIError.alreadyExists(
      `There is an entity "${entity.name}" already, with another definition.`,
    ).withDetails({
      reason: "entity_exists",
    });
  }
  return { entity, created };
}

/** The tenant's entities, by name. */
export async function listEntities(
  workspace: DataSource,
  request: ListWorkspaceEntitiesRequest,
): Promise<ListWorkspaceEntitiesResponse> {
  const { sort = "name", cursor } = request;
  const { falling } = readSort(sort, ["name"]);
  const cursorSchema = z.object({ sort: z.literal(sort), name: z.string().regex(identifier) });
  const limit = pageSize(request.limit, { default: maxEntities, max: maxEntities });
  const after = cursor === undefined ? undefined : decodeCursor(cursor, cursorSchema).name;
  const rows = await workspace.begin(
    (tx) => tx<{ name: string; definition: string }[]>`
      SELECT name, definition::text AS definition FROM axion.entities
      WHERE ${after === undefined ? tx`true` : falling ? tx`name < ${after}` : tx`name > ${after}`}
      ORDER BY name ${falling ? tx`DESC` : tx`ASC`} LIMIT ${limit + 1}`,
    { readOnly: true },
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    entities: page.map((row) => storedEntity.parse(JSON.parse(row.definition))),
    nextCursor: last && encodeCursor({ sort, name: last.name }),
  };
}

/** One entity. Throws `notFound`. */
export async function findEntity(workspace: DataSource, name: string): Promise<WorkspaceEntity> {
  const rows = await workspace.begin(
    (tx) => tx<{ definition: string }[]>`
      SELECT definition::text AS definition FROM axion.entities
      WHERE tenant_id = ${workspace.tenantId} AND name = ${name.replaceAll("\0", "")}`,
    { readOnly: true },
  );
  const [row] = rows;
  if (row) return storedEntity.parse(JSON.parse(row.definition));
  throw APIError.notFound(`The workspace has no entity "${name.slice(0, 100)}".`).withDetails({
    reason: "unknown_entity",
  });
}

/** Leaves out what says nothing, so that equal definitions are stored equally. */
function normalized(request: CreateWorkspaceEntityRequest): WorkspaceEntity {
  const fields = request.fields.map((field): WorkspaceField => {
    const { name, type, precision, scale, comment } = field;
    return {
      name,
      type,
      ...(precision === undefined ? {} : { precision, scale: scale ?? 0 }),
      ...(precision === undefined && scale !== undefined ? { scale } : {}),
      ...(field.required ? { required: true } : {}),
      ...(field.unique ? { unique: true } : {}),
      ...(comment ? { comment } : {}),
    };
  });
  const { name, primaryKey, comment } = request;
  return { name, fields, primaryKey, ...(comment ? { comment } : {}) };
}

function checkEntity(entity: WorkspaceEntity): void {
  checkName("name", entity.name);
  const names = new Set<string>();
  if (entity.fields.length < 1 || entity.fields.length > 500)
    throw invalid("fields", "an entity has 1 to 500 fields.");
  for (const [at, field] of entity.fields.entries()) {
    checkName(`fields[${at}].name`, field.name);
    if (names.has(field.name)) throw invalid(`fields[${at}].name`, `"${field.name}" is there twice.`);
    names.add(field.name);
    checkNumeric(`fields[${at}]`, field);
  }
  if (entity.primaryKey.length < 1 || entity.primaryKey.length > 8)
    throw invalid("primaryKey", "a key has 1 to 8 fields.");
  for (const [at, name] of entity.primaryKey.entries()) {
    if (!names.has(name)) throw invalid(`primaryKey[${at}]`, `there is no field "${name}".`);
    if (entity.primaryKey.indexOf(name) !== at)
      throw invalid(`primaryKey[${at}]`, `"${name}" is there twice.`);
    const type = entity.fields.find((field) => field.name === name)?.type;
    if (type === "jsonb") throw invalid(`primaryKey[${at}]`, "a jsonb field cannot be part of a key.");
  }
  const texts = [entity.comment, ...entity.fields.map((field) => field.comment)];
  if (texts.some((text) => text !== undefined && (text.length > 2_000 || text.includes("\0")))) {
    throw invalid("comment", "at most 2,000 characters, without U+0000.");
  }
}

function checkName(path: string, name: string): void {
  if (!identifier.test(name))
    throw invalid(path, "letters, digits and underscores, not starting with a digit, at most 63.");
}

function checkNumeric(path: string, field: WorkspaceField): void {
  const { type, precision, scale } = field;
  if (precision === undefined && scale === undefined) return;
  if (type !== "numeric") throw invalid(path, "precision and scale belong to numeric.");
  if (precision === undefined) throw invalid(`${path}.scale`, "needs a precision.");
  const digits = scale ?? 0;
  if (!Number.isInteger(precision) || precision < 1 || precision > 1000)
    throw invalid(`${path}.precision`, "a whole number from 1 to 1000.");
  if (!Number.isInteger(digits) || digits < 0 || digits > precision)
    throw invalid(`${path}.scale`, "a whole number from 0 to the precision.");
}

function invalid(path: string, message: string): APIError {
  return APIError.invalidArgument(`${path}: ${message}`).withDetails({ reason: "bad_entity", path });
}

/** The message of an error of a record's values, else undefined. */
export function valueProblem(error: unknown): string | undefined {
  const cause = postgresError(error);
  return cause && /^2[23]/.test(cause.code)
    ? `${cause.message}${cause.detail ? `: ${cause.detail}` : ""}`
    : undefined;
}
