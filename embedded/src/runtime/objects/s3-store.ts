import type { S3 } from "@aws-sdk/client-s3";
import type { ObjectsConfig } from "../host-config.js";
import {
  type Attributes,
  checkName,
  type Entry,
  encodeName,
  ObjectErrorKind,
  type ObjectStore,
  ObjectStoreError,
  objectNotFound,
  preconditionFailed,
  type UploadOptions,
} from "./object-store.js";

const REQUEST_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const PAGE = 1000;

type S3Config = Extract<ObjectsConfig, { provider: "s3" }>;

/** Objects in a bucket of S3, or of anything that speaks its protocol. The SDK is loaded on first use. */
export class S3Store implements ObjectStore {
  #client: Promise<S3> | undefined;

  constructor(private readonly config: S3Config) {}

  async attrs(name: string, version?: string): Promise<Attributes> {
    const head = await this.#run((s3) => s3.headObject({ ...this.#object(name), VersionId: version }));
    const { VersionId, ContentLength = 0, ContentType, ETag } = head;
    return { name, version: VersionId, size: ContentLength, contentType: ContentType, etag: plainEtag(ETag) };
  }

  async upload(name: string, data: Buffer, options: UploadOptions): Promise<Attributes> {
    const { contentType, notExists } = options;
    const content = { Body: data, ContentLength: data.length, ContentType: contentType };
    const condition = notExists ? { IfNoneMatch: "*" } : {};
    const put = await this.#run((s3) => s3.putObject({ ...this.#object(name), ...content, ...condition }));
    return { name, version: put.VersionId, size: data.length, contentType, etag: plainEtag(put.ETag) };
  }

  async download(name: string, version?: string): Promise<Buffer> {
    return this.#run(async (s3) => {
      const found = await s3.getObject({ ...this.#object(name), VersionId: version });
      return Buffer.from((await found.Body?.transformToByteArray()) ?? []);
    });
  }

  async remove(name: string, version?: string): Promise<void> {
    await this.#run((s3) => s3.deleteObject({ ...this.#object(name), VersionId: version }));
  }

  async *list(options: { prefix: string; limit?: number }): AsyncGenerator<Entry> {
    const { keyPrefix = "", bucket } = this.config;
    const query = { Bucket: bucket, Prefix: keyPrefix + options.prefix };
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let next: string | undefined;
    while (left > 0) {
      const page = await this.#run((s3) =>
        s3.listObjectsV2({ ...query, MaxKeys: Math.min(PAGE, left), ContinuationToken: next }),
      );
      for (const { Key = "", Size = 0, ETag } of page.Contents ?? []) {
        yield { name: Key.slice(keyPrefix.length), size: Size, etag: plainEtag(ETag) };
        if (--left === 0) return;
      }
      next = page.NextContinuationToken;
      if (!page.IsTruncated || next === undefined) return;
    }
  }

  async signedUrl(method: "GET" | "PUT", name: string, ttlSeconds: number): Promise<string> {
    const [{ GetObjectCommand, PutObjectCommand }, { getSignedUrl }, client] = await Promise.all([
      import("@aws-sdk/client-s3"),
      import("@aws-sdk/s3-request-presigner"),
      this.#load(),
    ]);
    const expires = { expiresIn: ttlSeconds };
    return method === "GET"
      ? getSignedUrl(client, new GetObjectCommand(this.#object(name)), expires)
      : getSignedUrl(client, new PutObjectCommand(this.#object(name)), expires);
  }

  publicUrl(name: string): string {
    const { publicBaseUrl, keyPrefix = "" } = this.config;
    if (publicBaseUrl === undefined) throw new Error("bucket is not public");
    return `${publicBaseUrl.replace(/\/+$/, "")}/${encodeName(keyPrefix + name)}`;
  }

  #object(name: string): { Bucket: string; Key: string } {
    checkName(name);
    return { Bucket: this.config.bucket, Key: (this.config.keyPrefix ?? "") + name };
  }

  #load(): Promise<S3> {
    return (this.#client ??= import("@aws-sdk/client-s3").then(({ S3 }) => {
      const { region, endpoint, accessKeyId, secretAccessKey } = this.config;
      return new S3({
        region,
        ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
        // Without keys the SDK looks where it always does: variables, profile, instance role.
        ...(accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {}),
        requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: CONNECT_TIMEOUT_MS },
        // Other servers of the protocol do not know the newer checksums.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      });
    }));
  }

  async #run<T>(work: (s3: S3) => Promise<T>): Promise<T> {
    const client = await this.#load();
    try {
      return await work(client);
    } catch (error) {
      throw translate(error);
    }
  }
}

function translate(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === 404 || name === "NoSuchKey" || name === "NotFound") return objectNotFound();
  if (status === 412) return preconditionFailed();
  return new ObjectStoreError(ObjectErrorKind.Other, message, { cause: error });
}

function plainEtag(etag: string | undefined): string {
  return (etag ?? "").replace(/^"(.*)"$/, "$1");
}
