/** What makes a resource, by the package that exports it. */
export const CONSTRUCTORS = new Map<string, readonly string[]>([
  ["encore.dev/api", ["api", "Gateway"]],
  ["encore.dev/auth", ["authHandler"]],
  ["encore.dev/service", ["Service"]],
  ["encore.dev/storage/sqldb", ["SQLDatabase"]],
  ["encore.dev/storage/objects", ["Bucket"]],
  [
    "encore.dev/storage/cache",
    [
      "CacheCluster",
      "StringKeyspace",
      "IntKeyspace",
      "FloatKeyspace",
      "StringListKeyspace",
      "NumberListKeyspace",
      "StringSetKeyspace",
      "NumberSetKeyspace",
      "StructKeyspace",
    ],
  ],
  ["encore.dev/pubsub", ["Topic", "Subscription"]],
  ["encore.dev/cron", ["CronJob"]],
  ["encore.dev/config", ["secret"]],
  ["encore.dev/metrics", ["Counter", "CounterGroup", "Gauge", "GaugeGroup"]],
]);
