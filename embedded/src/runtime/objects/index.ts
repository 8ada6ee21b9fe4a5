import { hostRoute } from "../http/host-routes.js";
import { Bucket } from "./bucket.js";
import { handleObjectRequest, OBJECTS_PREFIX } from "./serve-objects.js";

export { Bucket, BucketObject, ListEntry, ListIterator, ObjectAttrs } from "./bucket.js";
export { ObjectErrorKind, TypedObjectError } from "./object-store.js";

hostRoute(OBJECTS_PREFIX, handleObjectRequest);

/** The app's bucket of that name. */
export function bucket(name: string): Bucket {
  return new Bucket(name);
}
