import type { FeatureOf } from "./feature.js";

/** How many requests one caller may make; nothing where the model sets no limit. */
export const limits: FeatureOf = (_project, service) => {
  const { requestsPerMinute } = service.limits;
  if (requestsPerMinute === undefined) return {};
  return {
    files: [{ path: "src/rate-limit.ts", template: "src/rate-limit.ts" }],
    config: [
      {
        name: "REQUESTS_PER_MINUTE",
        schema: "v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(1_000_000))",
        default: String(requestsPerMinute),
        description: "Requests that one caller may make in a minute.",
      },
      {
        name: "TRUSTED_PROXIES",
        schema: "v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(0), v.maxValue(10))",
        default: "0",
        ...(service.visibility === "public" ? { deployed: "1" } : {}),
        description:
          "Proxies in front of the service: a caller's address is the one that the outermost of them saw.",
      },
    ],
  };
};
