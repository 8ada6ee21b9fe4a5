import autocannon from "autocannon";

/** One measured stretch of load. */
export interface LoadResult {
  requestsPerSecond: number;
  p99Ms: number;
  /** Answers other than 2xx, and connections that failed: must be zero for the figure to count. */
  failures: number;
}

export interface LoadRequest {
  url: string;
  method: "GET" | "POST";
  body?: unknown;
  headers?: Record<string, string>;
  connections: number;
  seconds: number;
}

/** Sends requests over kept-alive connections for the given time. */
export async function load(request: LoadRequest): Promise<LoadResult> {
  const result = await autocannon({
    url: request.url,
    method: request.method,
    connections: request.connections,
    duration: request.seconds,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    headers: {
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
    },
  });
  return {
    requestsPerSecond: result.requests.average,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
  };
}

/** The middle value; of an even count, the lower of the two. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error("median of nothing");
  return middle;
}
