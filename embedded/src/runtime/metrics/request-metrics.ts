/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface EndpointMetrics {
  service: string;
  endpoint: string;
  counts: number[];
  sum: number;
  total: number;
  codes: Map<string, number>;
}

/** A tree of maps, so that a request looks up and adds without building a key. */
const endpoints = new Map<string, Map<string, EndpointMetrics>>();

/** Counts a finished request. `code` is Encore's (`ok`, `not_found`, …). */
export function requestFinished(service: string, endpoint: string, code: string, seconds: number): void {
  const metrics = metricsOf(service, endpoint);
  metrics.total++;
  metrics.sum += seconds;
  metrics.codes.set(code, (metrics.codes.get(code) ?? 0) + 1);
  const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) metrics.counts[bucket] = (metrics.counts[bucket] as number) + 1;
}

function metricsOf(service: string, endpoint: string): EndpointMetrics {
  let ofService = endpoints.get(service);
  if (ofService === undefined) endpoints.set(service, (ofService = new Map()));
  let metrics = ofService.get(endpoint);
  if (metrics === undefined) {
    metrics = { service, endpoint, counts: BUCKETS.map(() => 0), sum: 0, total: 0, codes: new Map() };
    ofService.set(endpoint, metrics);
  }
  return metrics;
}

export interface RequestSnapshot {
  service: string;
  endpoint: string;
  codes: [string, number][];
  /** Cumulative, as Prometheus wants them. */
  buckets: [bound: number, count: number][];
  sum: number;
  total: number;
}

/** All requests counted so far. */
export function requestSnapshots(): RequestSnapshot[] {
  return [...endpoints.values()].flatMap((ofService) =>
    [...ofService.values()].map(({ service, endpoint, codes, counts, sum, total }) => {
      let below = 0;
      const buckets = BUCKETS.map((bound, i): [number, number] => [bound, (below += counts[i] as number)]);
      return { service, endpoint, codes: [...codes], buckets, sum, total };
    }),
  );
}
