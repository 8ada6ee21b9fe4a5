import { shortHash } from "../migrations/tables.js";
import type { ServiceModel } from "../model/schema.js";
import { camelCase } from "./casing.js";

type CacheModel = ServiceModel["caches"][number];

/** A cache as code writes it. */
interface CacheView {
  /** Its name in the model. */
  cache: string;
  variable: string;
  /** Entity whose records it holds; empty where it holds what the service's own code puts into it. */
  entity: string;
  /** Type of its values. */
  type: string;
  Store: string;
  storeFile: string;
  /** Arguments of the store. */
  options: string;
  description: string;
  writeThrough: boolean;
}

/** How code writes a cache of a service. */
export function cacheView(cache: CacheModel, service: ServiceModel): CacheView {
  const { name, store, entity: entityName, strategy, ttlSeconds, maxEntries } = cache;
  const entity = service.entities.find((each) => each.name === entityName);
  const what =
    entity === undefined ? "Values that the service's code keeps" : `Records of ${entity.name} by id`;
  const where = store === "redis" ? "in Redis" : `in memory, at most ${maxEntries}`;
  // Records of another form are not read.
  const prefix = `${service.name}:${name}:${entity === undefined ? "" : `${shortHash(JSON.stringify(entity.fields))}:`}`;
  return {
    cache: name,
    variable: `${camelCase(name)}Cache`,
    entity: entity?.name ?? "",
    type: entity?.name ?? "object",
    Store: `${store === "redis" ? "Redis" : "Memory"}Store`,
    storeFile: `${store}-store`,
    options:
      store === "redis"
        ? `${JSON.stringify(prefix)}, ${ttlSeconds}`
        : `{ ttlSeconds: ${ttlSeconds}, maxEntries: ${maxEntries} }`,
    description: `${what}, ${where}, for ${ttlSeconds} seconds.`,
    writeThrough: strategy === "write-through",
  };
}
