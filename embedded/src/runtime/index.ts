/** The runtime library: every name that `encore.dev/dist/internal/runtime/napi/napi.cjs` takes from its runtime. */
export { CloudProvider, EnvironmentType } from "./app-meta.js";
export { CacheCluster } from "./cache/index.js";
export { ApiCallError, ApiCallError as APICallError } from "./calls/api-call-error.js";
export { Decimal } from "./decimal.js";
export { BodyReader, ResponseWriter } from "./http/raw.js";
export { Sink, Socket, Stream, WebSocketClient } from "./http/streams.js";
export { Logger, LogLevel } from "./logger.js";
export { MetricsRegistry, MetricType } from "./metrics.js";
export {
  Bucket,
  BucketObject,
  ListEntry,
  ListIterator,
  ObjectAttrs,
  ObjectErrorKind,
  TypedObjectError,
} from "./objects/index.js";
export { PubSubSubscription, PubSubTopic } from "./pubsub/index.js";
export { Request } from "./request.js";
export { Gateway, Runtime } from "./runtime.js";
export { Secret } from "./secrets.js";
export {
  Cursor,
  QueryArgs,
  Row,
  SqlConn,
  SqlConn as SQLConn,
  SqlDatabase,
  SqlDatabase as SQLDatabase,
  Transaction,
} from "./sql/index.js";
