import type { Resolver } from "../types/resolver.js";
import type { Type } from "../types/type.js";

const BUCKET_TYPES: Record<string, string> = {
  Lister: "list",
  Attrser: "attrs",
  Uploader: "upload",
  SignedUploader: "signedUploadUrl",
  Downloader: "download",
  SignedDownloader: "signedDownloadUrl",
  Remover: "remove",
  PublicUrler: "publicUrl",
};

/** Operations of a bucket. */
export const BUCKET_OPERATIONS = new Set([...Object.values(BUCKET_TYPES), "exists"]);

/** The operations that the type argument of `bucket.ref<…>()` permits; undefined for a type that permits none. */
export function bucketPermissions(r: Resolver, type: Type): string[] | undefined {
  return permissions(r, type, BUCKET_TYPES, BUCKET_OPERATIONS, 0);
}

/** The operations that the type argument of `topic.ref<…>()` permits. */
export function topicPermissions(r: Resolver, type: Type): string[] | undefined {
  return permissions(r, type, { Publisher: "publish" }, new Set(["publish"]), 0);
}

const MAX_DEPTH = 10;

function permissions(
  r: Resolver,
  type: Type,
  types: Record<string, string>,
  operations: Set<string>,
  depth: number,
): string[] | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const inner = (part: Type) => permissions(r, part, types, operations, depth + 1);
  if (type.kind === "named") {
    const { name } = type.declaration;
    if (name !== undefined && Object.hasOwn(types, name)) return [types[name]!];
    return inner(r.typeOf(type.declaration));
  }
  if (type.kind === "class") return type.methods.filter((m) => operations.has(m));
  if (type.kind !== "intersection") return undefined;
  const [left, right] = [inner(type.left), inner(type.right)];
  return left && right && [...left, ...right];
}
