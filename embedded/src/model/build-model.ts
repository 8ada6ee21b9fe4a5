import type { App } from "./app.js";
import { created } from "./app.js";
import type * as Model from "./app-model.js";
import { placeOf } from "./diagnostics.js";
import { endpointModels } from "./model-endpoints.js";
import { addUsages } from "./model-usages.js";
import type { Bind, Resource } from "./resources/resource.js";
import { SchemaBuilder } from "./schema/to-schema.js";

/** Format of the model: a cached one of another version is read anew. */
const MODEL_VERSION = 1;

/** Puts the model together from what was read. */
export function buildModel(app: App): Model.AppModel {
  const schemas = new SchemaBuilder(app.resolver);
  const authHandler = authHandlerModel(app, schemas);
  const model: Model.AppModel = {
    version: MODEL_VERSION,
    services: app.services.list,
    endpoints: endpointModels(app, schemas),
    ...(authHandler && { authHandler }),
    gateways: gatewayModels(app),
    topics: topicModels(app, schemas),
    subscriptions: subscriptionModels(app),
    databases: created(app, "database").map(({ resource: r }) => ({
      ...named(r),
      ...(r.migrations && { migrations: r.migrations }),
      users: [],
    })),
    buckets: created(app, "bucket").map(({ resource: r }) => ({
      ...named(r),
      public: r.public,
      versioned: r.versioned,
      users: [],
    })),
    caches: created(app, "cache").map(({ resource: r }) => ({
      ...named(r),
      evictionPolicy: r.evictionPolicy,
    })),
    cronJobs: cronModels(app),
    secrets: secretModels(app),
    metrics: created(app, "metric").map(({ resource: r }) => ({
      name: r.name,
      kind: r.metricKind,
      value: r.metricKind === "counter" ? "int" : "float",
      labels: r.labels,
      services: [],
      ...doc(r),
    })),
    types: schemas.types,
    app: app.file,
    calls: [],
  };
  addUsages(app, model);
  return model;
}

const NOTHING: Model.TypeSchema = { kind: "object", fields: [] };

function doc(resource: { doc?: string }): { doc?: string } {
  return resource.doc === undefined ? {} : { doc: resource.doc };
}

function named(r: Resource & { name: string }): { name: string; place: Model.SourcePlace; doc?: string } {
  return { name: r.name, ...doc(r), place: placeOf(r) };
}

function authHandlerModel(app: App, schemas: SchemaBuilder): Model.AuthHandler | undefined {
  const bind = created(app, "auth-handler")[0];
  if (!bind) return undefined;
  const { resource: r } = bind;
  const service = app.services.of(r.module.file);
  const used = created(app, "gateway").some((g) => g.resource.authHandler?.declaration === bind.declaration);
  if (!used) return { service: service?.name ?? "", ...named(r), params: NOTHING, authData: NOTHING };
  const at = (node: { node: import("typescript").Node }) => ({ module: r.module, node: node.node });
  const params = app.resolver.within(at(r.params), () => schemas.schema(r.params.type));
  const authData = app.resolver.within(at(r.authData), () => schemas.schema(r.authData.type));
  return { service: service?.name ?? "", ...named(r), params, authData };
}

function gatewayModels(app: App): Model.Gateway[] {
  const gateways = created(app, "gateway");
  return gateways.map(({ resource: r, name }) => {
    const handler = r.authHandler && authHandlerOf(app, r.authHandler);
    if (r.authHandler && handler === undefined) {
      app.diagnostics.error(
        { module: r.module, node: r.authHandler.node },
        {
          code: "auth-handler-unknown",
          message: "This is not an auth handler.",
          fix: "Name a variable made by `authHandler(…)`.",
        },
      );
    }
    return {
      name: "api-gateway",
      service: app.services.of(r.module.file)?.name ?? "",
      place: placeOf(r),
      ...(name !== undefined && { export: name }),
      ...(handler !== undefined && { authHandler: handler }),
    };
  });
}

function authHandlerOf(
  app: App,
  reference: NonNullable<Extract<Resource, { kind: "gateway" }>["authHandler"]>,
) {
  const bind = created(app, "auth-handler").find((b) => b.declaration === reference.declaration);
  return bind?.resource.name;
}

function topicModels(app: App, schemas: SchemaBuilder): Model.Topic[] {
  return created(app, "topic").map(({ resource: r }) => ({
    ...named(r),
    message: app.resolver.within({ module: r.module, node: r.message.node }, () =>
      schemas.schema(r.message.type),
    ),
    deliveryGuarantee: r.deliveryGuarantee,
    ...(r.orderingAttribute && { orderingAttribute: r.orderingAttribute.value }),
    publishers: [],
  }));
}

function subscriptionModels(app: App): Model.Subscription[] {
  const topics = byDeclaration(created(app, "topic"));
  return created(app, "subscription").flatMap(({ resource: r }) => {
    const topic = topics.get(r.topic.declaration);
    if (!topic) {
      app.diagnostics.error(
        { module: r.module, node: r.topic.node },
        {
          code: "topic-unknown",
          message: "This is not a topic.",
          fix: "Name a variable made by `new Topic(…)`.",
        },
      );
      return [];
    }
    const service = app.services.of(r.module.file)?.name ?? "";
    return [{ topic: topic.name, name: r.name, service, place: placeOf(r), ...r.options }];
  });
}

function cronModels(app: App): Model.CronJob[] {
  const endpoints = byDeclaration(created(app, "endpoint"));
  return created(app, "cron").flatMap(({ resource: r }) => {
    const endpoint = endpoints.get(r.endpoint.declaration);
    if (!endpoint) {
      app.diagnostics.error(
        { module: r.module, node: r.endpoint.node },
        {
          code: "cron-endpoint",
          message: "This is not an endpoint.",
          fix: "Name a variable made by `api(…)`.",
        },
      );
      return [];
    }
    const target = { service: endpoint.serviceName, name: endpoint.name };
    return [{ ...named(r), title: r.title ?? r.name, schedule: r.schedule, endpoint: target }];
  });
}

function secretModels(app: App): Model.Secret[] {
  return created(app, "secret").flatMap(({ resource: r }) => {
    const service = app.services.of(r.module.file)?.name;
    if (service !== undefined) return [{ name: r.name, service, place: placeOf(r) }];
    app.diagnostics.error(r, {
      code: "secret-outside-service",
      message: "Secrets can only be read inside a service.",
      fix: "Move the declaration into the folder of the service that uses it.",
    });
    return [];
  });
}

function byDeclaration<R extends Resource>(binds: Bind<R>[]) {
  return new Map(binds.flatMap((b) => (b.declaration ? [[b.declaration, b.resource] as const] : [])));
}
