import { host } from "../host.js";
import type { Request } from "../request.js";
import { startSpan } from "../tracing/span.js";
import { asStoreError, FolderStore } from "./folder-store.js";
import {
  type Attributes,
  type Entry,
  invalidArgument,
  type ObjectStore,
  TypedObjectError,
} from "./object-store.js";
import { S3Store } from "./s3-store.js";

type Source = Request | undefined | null;
type Version = { version?: string } | undefined | null;
type Lifetime = { ttl?: number } | undefined | null;

const DEFAULT_TTL_SECONDS = 3600;
/** As the cloud providers. */
const MAX_TTL_SECONDS = 7 * 24 * 3600;

/** Attributes of an object, as the SDK knows them. */
export class ObjectAttrs {
  declare readonly name: string;
  declare readonly version?: string;
  declare readonly size: number;
  declare readonly contentType?: string;
  declare readonly etag: string;

  constructor(attributes: Attributes) {
    Object.assign(this, attributes);
  }
}

/** One object of a list. */
export class ListEntry {
  declare readonly name: string;
  declare readonly size: number;
  declare readonly etag: string;

  constructor(entry: Entry) {
    Object.assign(this, entry);
  }
}

/** The objects of a list, one at a time. */
export class ListIterator {
  #entries: AsyncIterator<Entry> | undefined;

  constructor(entries: AsyncIterator<Entry>) {
    this.#entries = entries;
  }

  async next(): Promise<ListEntry | null> {
    if (this.#entries === undefined) throw new Error("iterator is closed");
    const { value, done } = await this.#entries.next();
    return done ? null : new ListEntry(value);
  }

  markDone(): void {
    this.#entries = undefined;
  }
}

const stores = new Map<string, ObjectStore>();

/** What a bucket of the app stands on. */
export function objectStore(name: string): ObjectStore {
  let store = stores.get(name);
  if (store === undefined) stores.set(name, (store = openStore(name)));
  return store;
}

function openStore(name: string): ObjectStore {
  const { config, model } = host();
  const objects = config.objects[name];
  if (objects === undefined) throw new Error(`bucket ${name} is not configured for this process`);
  if (objects.provider === "s3") return new S3Store(objects);
  const { public: isPublic = false, versioned = false } =
    model.buckets.find((known) => known.name === name) ?? {};
  return new FolderStore({ name, public: isPublic, versioned }, objects);
}

/** A bucket of the app, as the SDK uses it. */
export class Bucket {
  constructor(private readonly name: string) {}

  object(name: string): BucketObject {
    return new BucketObject(this.name, name);
  }

  async list(
    options?: { prefix?: string; limit?: number } | null,
    source?: Source,
  ): Promise<ListIterator | TypedObjectError> {
    return traced(this.name, "list", source, async (store) => {
      const limit = options?.limit;
      if (limit !== undefined && limit !== null && limit < 0) throw invalidArgument("the limit is negative");
      return new ListIterator(
        store.list({ prefix: options?.prefix ?? "", ...(limit == null ? {} : { limit }) }),
      );
    });
  }
}

/** One object of a bucket; it need not exist. */
export class BucketObject {
  constructor(
    private readonly bucket: string,
    private readonly name: string,
  ) {}

  attrs(options?: Version, source?: Source): Promise<ObjectAttrs | TypedObjectError> {
    return traced(
      this.bucket,
      "attrs",
      source,
      async (store) => new ObjectAttrs(await store.attrs(this.name, options?.version)),
    );
  }

  async exists(options?: Version, source?: Source): Promise<boolean | TypedObjectError> {
    const attrs = await this.attrs(options, source);
    if (!(attrs instanceof TypedObjectError)) return true;
    return attrs.kind === 0 ? false : attrs;
  }

  upload(
    data: Buffer,
    options?: { contentType?: string; preconditions?: { notExists?: boolean } } | null,
    source?: Source,
  ): Promise<ObjectAttrs | TypedObjectError> {
    // Copied: the caller may reuse its buffer while the upload is under way.
    const content = Buffer.from(data);
    const { contentType, preconditions } = options ?? {};
    return traced(
      this.bucket,
      "upload",
      source,
      async (store) =>
        new ObjectAttrs(
          await store.upload(this.name, content, {
            contentType,
            notExists: preconditions?.notExists === true,
          }),
        ),
    );
  }

  signedUploadUrl(options?: Lifetime, source?: Source): Promise<{ url: string } | TypedObjectError> {
    return traced(this.bucket, "sign upload", source, async (store) => ({
      url: await store.signedUrl("PUT", this.name, lifetime(options)),
    }));
  }

  signedDownloadUrl(options?: Lifetime, source?: Source): Promise<{ url: string } | TypedObjectError> {
    return traced(this.bucket, "sign download", source, async (store) => ({
      url: await store.signedUrl("GET", this.name, lifetime(options)),
    }));
  }

  downloadAll(options?: Version, source?: Source): Promise<Buffer | TypedObjectError> {
    return traced(this.bucket, "download", source, (store) => store.download(this.name, options?.version));
  }

  async delete(options?: Version, source?: Source): Promise<TypedObjectError | null> {
    const failed = await traced(this.bucket, "delete", source, async (store) => {
      await store.remove(this.name, options?.version);
      return null;
    });
    return failed;
  }

  publicUrl(): string {
    return objectStore(this.bucket).publicUrl(this.name);
  }
}

function lifetime(options: Lifetime): number {
  const ttl = options?.ttl ?? DEFAULT_TTL_SECONDS;
  if (!Number.isInteger(ttl) || ttl <= 0 || ttl > MAX_TTL_SECONDS)
    throw invalidArgument(`ttl must be between 1 and ${MAX_TTL_SECONDS} seconds`);
  return ttl;
}

/** Runs an operation in a span under the request; failures are returned, as the SDK expects them. */
async function traced<T>(
  bucket: string,
  operation: string,
  source: Source,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T | TypedObjectError> {
  const span = source?.span.recording
    ? startSpan({
        kind: "client",
        name: `${bucket} ${operation}`,
        service: source.service,
        parent: source.span,
        attributes: { "axion.bucket": bucket },
      })
    : undefined;
  try {
    const result = await work(objectStore(bucket));
    span?.end();
    return result;
  } catch (thrown) {
    const error = asStoreError(thrown);
    span?.end(error);
    return new TypedObjectError(error.kind, error.message);
  }
}
