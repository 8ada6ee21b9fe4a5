import { isMainThread } from "node:worker_threads";
import { appMeta } from "./app-meta.js";
import { type CacheCluster, cacheCluster } from "./cache/index.js";
import type { ApiCallError } from "./calls/api-call-error.js";
import { apiCall, type CallOptions } from "./calls/call.js";
import { streamCall } from "./calls/stream-call.js";
import { startCron } from "./cron.js";
import { setDecimalConstructor } from "./decimal.js";
import { host } from "./host.js";
import type { AuthFunction } from "./http/authenticator.js";
import { hostRoute } from "./http/host-routes.js";
import { type ApiRoute, registry } from "./http/registry.js";
import type { WebSocketClient } from "./http/streams.js";
import { type Logger, logError, rootLogger, warn } from "./logger.js";
import { createMetricsRegistry, getMetricsRegistry, type MetricsRegistry, renderMetrics } from "./metrics.js";
import { type Bucket, bucket } from "./objects/index.js";
import {
  type PubSubSubscription,
  type PubSubTopic,
  pubsubSubscription,
  pubsubTopic,
} from "./pubsub/index.js";
import type { Request } from "./request.js";
import { type Secret, secret } from "./secrets.js";
import { serve } from "./serve.js";
import { runReadyHooks } from "./shutdown.js";
import { type SqlDatabase, sqlDatabase } from "./sql/index.js";
import { startTraceExport } from "./tracing/export.js";
import { openPool } from "./workers/pool.js";
import { joinPool } from "./workers/worker.js";

/** The version of `encore.dev` whose contract this library fulfils. */
const VERSION = "v1.58.6";

interface RuntimeOptions {
  testMode?: boolean;
  typeConstructors: { decimal: (value: string) => unknown };
}

/** Handle of a gateway; the SDK only holds it. */
export class Gateway {}

/** What `encore.dev` asks of its runtime: everything an app does outside its own code goes through here. */
export class Runtime {
  constructor(options: RuntimeOptions) {
    setDecimalConstructor(options.typeConstructors.decimal);
    const { config } = host();
    startTraceExport(config, warn);
    if (options.testMode) {
      // Tests have no entry point that would start the app: it is up as soon as it is loaded.
      setImmediate(() => {
        const report = (error: unknown): void => logError("a part of the app failed to start", error);
        runReadyHooks(report).catch(report);
      });
    } else if (isMainThread) {
      startCron();
      if (config.workerThreads > 1) openPool();
    }
    if (config.metrics.enabled) {
      hostRoute("/__axion/metrics", (_req, res) => {
        res.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
        res.end(renderMetrics());
      });
    }
  }

  static version(): string {
    return VERSION;
  }

  static buildCommit(): string {
    return host().config.meta.revision;
  }

  runForever(): Promise<number> {
    return serve();
  }

  numWorkerThreads(): number {
    return host().config.workerThreads;
  }

  runtimeConfig(): { metrics: Record<string, { name: string; services: string[] }> } {
    const metrics = host().model.metrics.map(({ name, services }) => [name, { name, services }]);
    return { metrics: Object.fromEntries(metrics) };
  }

  appMeta(): ReturnType<typeof appMeta> {
    return appMeta();
  }

  registerHandler(route: ApiRoute): void {
    registry().register(route);
  }

  registerTestHandler(route: ApiRoute): void {
    registry().register(route);
  }

  registerHandlers(routes: ApiRoute[]): void {
    for (const route of routes) registry().register(route);
    if (!isMainThread) joinPool();
  }

  gateway(_name: string, config: { auth?: AuthFunction }): Gateway {
    const { authenticator } = registry();
    if (authenticator && config.auth) authenticator.handler = config.auth;
    return new Gateway();
  }

  apiCall(
    service: string,
    endpoint: string,
    payload?: unknown,
    source?: Request | null,
    options?: CallOptions | null,
  ): Promise<Record<string, unknown> | null | ApiCallError> {
    return apiCall(service, endpoint, payload, source, options);
  }

  stream(
    service: string,
    endpoint: string,
    payload?: unknown,
    source?: Request | null,
    options?: CallOptions | null,
  ): Promise<WebSocketClient> {
    return streamCall(service, endpoint, payload, source, options);
  }

  secret(name: string): Secret | null {
    return secret(name);
  }

  sqlDatabase(name: string): SqlDatabase {
    return sqlDatabase(name);
  }

  pubsubTopic(name: string): PubSubTopic {
    return pubsubTopic(name);
  }

  pubsubSubscription(config: Parameters<typeof pubsubSubscription>[0]): PubSubSubscription {
    return pubsubSubscription(config);
  }

  bucket(name: string): Bucket {
    return bucket(name);
  }

  cacheCluster(name: string): CacheCluster {
    return cacheCluster(name);
  }

  logger(): Logger {
    return rootLogger();
  }

  createMetricsRegistry(buffer: object): void {
    createMetricsRegistry(buffer);
  }

  getMetricsRegistry(): MetricsRegistry {
    return getMetricsRegistry();
  }
}
