/** The contract's numbering. */
export enum ObjectErrorKind {
  NotFound = 0,
  PreconditionFailed = 1,
  InvalidArgument = 2,
  Other = 3,
  Internal = 4,
}

/** A failure that the SDK turns into one of its error classes: returned to it, not thrown. */
export class TypedObjectError {
  constructor(
    readonly kind: ObjectErrorKind,
    readonly message: string,
  ) {}
}

/** Thrown inside the host; becomes a `TypedObjectError` on the way out. */
export class ObjectStoreError extends Error {
  constructor(
    readonly kind: ObjectErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function objectNotFound(): ObjectStoreError {
  return new ObjectStoreError(ObjectErrorKind.NotFound, "object not found");
}

export function preconditionFailed(): ObjectStoreError {
  return new ObjectStoreError(ObjectErrorKind.PreconditionFailed, "precondition failed");
}

export function invalidArgument(message: string): ObjectStoreError {
  return new ObjectStoreError(ObjectErrorKind.InvalidArgument, message);
}

export interface Attributes {
  name: string;
  version?: string;
  size: number;
  contentType?: string;
  etag: string;
}

export interface Entry {
  name: string;
  size: number;
  etag: string;
}

export interface UploadOptions {
  contentType?: string;
  /** Fails with `preconditionFailed` when there is an object of that name. */
  notExists?: boolean;
}

/** What a bucket stands on. Failures are `ObjectStoreError`s. */
export interface ObjectStore {
  attrs(name: string, version?: string): Promise<Attributes>;
  upload(name: string, data: Buffer, options: UploadOptions): Promise<Attributes>;
  download(name: string, version?: string): Promise<Buffer>;
  remove(name: string, version?: string): Promise<void>;
  /** In the order of the names' UTF-8 bytes. */
  list(options: { prefix: string; limit?: number }): AsyncIterator<Entry>;
  /** An address that lets its bearer read or write one object until it expires. */
  signedUrl(method: "GET" | "PUT", name: string, ttlSeconds: number): Promise<string>;
  /** Throws where the bucket has no public address. */
  publicUrl(name: string): string;
}

const MAX_NAME_BYTES = 1024;

/** Refuses names that no provider takes. */
export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw invalidArgument("the object name is empty");
  if (bytes > MAX_NAME_BYTES)
    throw invalidArgument(`the object name has ${bytes} bytes; the limit is ${MAX_NAME_BYTES}`);
  if (/[\0\r\n]/.test(name)) throw invalidArgument("the object name contains a line break or a zero byte");
}

/** An object's name as a path of an address. */
export function encodeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
