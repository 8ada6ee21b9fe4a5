import { link, mkdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { ObjectsConfig } from "../host-config.js";
import { filePath, versionsPath, walk } from "./folder-layout.js";
import { MAX_CONTENT_TYPE, OpenObject, writeTemporary } from "./object-file.js";
import {
  type Attributes,
  checkName,
  type Entry,
  encodeName,
  invalidArgument,
  ObjectErrorKind,
  type ObjectStore,
  ObjectStoreError,
  objectNotFound,
  preconditionFailed,
  type UploadOptions,
} from "./object-store.js";
import { signature } from "./signed-url.js";

const DEFAULT_CONTENT_TYPE = "application/octet-stream";
/** How often a write is tried again when somebody removes its emptied folder at the same moment. */
const MAX_TRIES = 10;

type FolderConfig = Extract<ObjectsConfig, { provider: "folder" }>;

/** Objects in a folder. Readers see the old object or the new one, never part of one; several processes may share the folder. */
export class FolderStore implements ObjectStore {
  constructor(
    private readonly bucket: { name: string; public: boolean; versioned: boolean },
    private readonly config: FolderConfig,
  ) {}

  async attrs(name: string, version?: string): Promise<Attributes> {
    const object = await this.open(name, version);
    await object.close();
    return this.#attributes(name, object);
  }

  async download(name: string, version?: string): Promise<Buffer> {
    const object = await this.open(name, version);
    try {
      return await object.readAll();
    } finally {
      await object.close();
    }
  }

  async upload(name: string, data: Buffer | Readable, options: UploadOptions): Promise<Attributes> {
    checkName(name);
    const contentType = options.contentType ?? DEFAULT_CONTENT_TYPE;
    if (contentType.length > MAX_CONTENT_TYPE || /[^\x20-\x7e]/.test(contentType))
      throw invalidArgument("the content type is not valid");
    const { path, header } = await writeTemporary(join(this.config.dir, "tmp"), data, contentType);
    try {
      // Kept under its version before it is shown, so that no version is lost between two writers.
      if (this.bucket.versioned)
        await this.#place(
          () => link(path, this.#versionFile(name, header.version)),
          this.#versionFile(name, header.version),
        );
      const target = this.#file(name);
      await this.#place(() => (options.notExists ? link(path, target) : rename(path, target)), target);
    } catch (error) {
      if (this.bucket.versioned) await rm(this.#versionFile(name, header.version), { force: true });
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw preconditionFailed();
      throw error;
    } finally {
      await rm(path, { force: true });
    }
    const { size, etag, version } = header;
    return { name, version, size, etag, contentType: options.contentType };
  }

  async remove(name: string, version?: string): Promise<void> {
    const object = await this.open(name, version);
    await object.close();
    const paths = [];
    if (version !== undefined && this.bucket.versioned) paths.push(this.#versionFile(name, version));
    const current = await OpenObject.open(this.#file(name));
    await current?.close();
    if (version === undefined || current?.header.version === version) paths.push(this.#file(name));
    for (const path of paths) {
      await rm(path, { force: true });
      await this.#removeEmptyFolders(dirname(path));
    }
  }

  async *list(options: { prefix: string; limit?: number }): AsyncGenerator<Entry> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for await (const { name, path } of walk(join(this.config.dir, "objects"), options.prefix)) {
      const object = await OpenObject.open(path);
      if (object === undefined) continue; // removed while the list is read
      await object.close();
      yield { name, size: object.header.size, etag: object.header.etag };
      if (--left === 0) return;
    }
  }

  async signedUrl(method: "GET" | "PUT", name: string, ttlSeconds: number): Promise<string> {
    checkName(name);
    const expires = Math.floor(Date.now() / 1000) + ttlSeconds;
    const signed = signature(this.config.signingKey, { method, bucket: this.bucket.name, name, expires });
    return `${this.config.publicBaseUrl}/signed/${this.bucket.name}/${encodeName(name)}?method=${method}&expires=${expires}&signature=${signed}`;
  }

  publicUrl(name: string): string {
    if (!this.bucket.public) throw new Error("bucket is not public");
    return `${this.config.publicBaseUrl}/public/${this.bucket.name}/${encodeName(name)}`;
  }

  /** Opens an object for reading; the caller closes it. */
  async open(name: string, version?: string): Promise<OpenObject> {
    checkName(name);
    if (version !== undefined && !/^\d{1,20}$/.test(version)) throw objectNotFound();
    const object = await OpenObject.open(
      version !== undefined && this.bucket.versioned ? this.#versionFile(name, version) : this.#file(name),
    );
    if (object !== undefined && (version === undefined || object.header.version === version)) return object;
    await object?.close();
    throw objectNotFound();
  }

  #attributes(name: string, object: OpenObject): Attributes {
    const { version, size, contentType, etag } = object.header;
    return { name, version, size, contentType, etag };
  }

  #file(name: string): string {
    return join(this.config.dir, "objects", filePath(name));
  }

  #versionFile(name: string, version: string): string {
    return join(this.config.dir, "objects", versionsPath(name), version);
  }

  async #place(put: () => Promise<void>, target: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await mkdir(dirname(target), { recursive: true });
      try {
        await put();
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === MAX_TRIES) throw error;
      }
    }
  }

  /** Stops at the first folder that still holds something. */
  async #removeEmptyFolders(dir: string): Promise<void> {
    for (let at = dir; at.length > join(this.config.dir, "objects").length; at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return; // not empty, or somebody else was quicker
      }
    }
  }
}

/** Disk errors as the SDK knows them. */
export function asStoreError(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  return new ObjectStoreError(ObjectErrorKind.Other, (error as Error).message, { cause: error });
}
