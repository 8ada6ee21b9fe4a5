import { type App, created } from "./app.js";
import type { Endpoint, TypeSchema } from "./app-model.js";
import { placeOf } from "./diagnostics.js";
import type { EndpointResource, TypedAt } from "./resources/resource.js";
import type { SchemaBuilder } from "./schema/to-schema.js";

/** The endpoints of the model. */
export function endpointModels(app: App, schemas: SchemaBuilder): Endpoint[] {
  return created(app, "endpoint").flatMap(({ resource: r }) => {
    const owner = app.services.named(r.serviceName);
    if (!owner) {
      app.diagnostics.error(r, {
        code: "endpoint-outside-service",
        message: `The endpoint \`${r.name}\` belongs to no service.`,
        fix: "Add an encore.service.ts to the folder of its service, or move the endpoint next to the others.",
      });
      return [];
    }
    const endpoint: Endpoint = {
      service: owner.name,
      name: r.name,
      ...(r.doc !== undefined && { doc: r.doc }),
      place: placeOf(r),
      kind: r.endpointKind,
      methods: r.methods,
      path: r.segments,
      rawPath: r.path.raw,
      ...r.options,
    };
    return [{ ...endpoint, ...payloads(app, schemas, r) }];
  });
}

type Payloads = Pick<Endpoint, "request" | "response" | "handshake" | "incoming" | "outgoing">;

function payloads(app: App, schemas: SchemaBuilder, r: EndpointResource): Payloads {
  const schema = (at: TypedAt | undefined, isRequest: boolean): TypeSchema | undefined => {
    if (!at || app.resolver.isVoid(at.type)) return undefined;
    const turned = app.resolver.within({ module: r.module, node: at.node }, () => schemas.schema(at.type));
    return isRequest && isEmptyObject(schemas, turned) ? undefined : turned;
  };
  const stream = r.endpointKind.startsWith("stream");
  const handshake = schema(r.handshake, true);
  const request = schema(r.request, !stream);
  const response = schema(r.response, false);
  if (!stream) return { ...(request && { request }), ...(response && { response }) };
  const sends = r.endpointKind === "stream-in";
  return {
    ...(handshake && { handshake }),
    ...(request && { incoming: request }),
    ...(response && (sends ? { response } : { outgoing: response })),
  };
}

/** A request without fields carries nothing. */
function isEmptyObject(schemas: SchemaBuilder, schema: TypeSchema): boolean {
  const target = schema.kind === "ref" ? schemas.types[schema.type]?.type : schema;
  return target?.kind === "object" && target.fields.length === 0;
}
