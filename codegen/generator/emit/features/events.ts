import { hasEvents } from "../../model/has-database.js";
import type { EventModel, ProjectModel, ServiceModel } from "../../model/schema.js";
import { type EventView, eventView } from "../../views/event-view.js";
import type { ConfigEntry, Feature, FeatureFile, FeatureOf } from "./feature.js";

/** Events that a service publishes by its outbox and handles by its inbox, over Kafka or RabbitMQ. */
export const events: FeatureOf = (project, service): Feature => {
  if (!hasEvents(service)) return {};
  const publishes = service.publishes.length > 0;
  const consumes = service.consumes.length > 0;
  const view = { publishes, consumes, topics: topicsOf(project, service) };
  const source = (path: string, template = path): FeatureFile => ({
    path: `src/${path}.ts`,
    template: `src/${template}.ts`,
    view,
  });
  return {
    files: [
      source("events/broker", `events/broker-${project.broker}`),
      ...["tables", "outbox", "relay"].map((name) => source(`events/${name}`)),
      ...service.publishes.map((event) => named("publish", eventView(event, service))),
      ...(consumes ? consumerFiles(project, service, source) : []),
    ],
    packages: [project.broker === "kafka" ? "@platformatic/kafka" : "rabbitmq-client"],
    ...(consumes ? { scripts: deadLetterScript(service) } : {}),
    config: brokerConfig(project, consumes),
    start: [
      { module: "./events/relay.js", name: "startRelay", call: "startRelay()" },
      ...(consumes
        ? [{ module: "./events/consumer.js", name: "startConsuming", call: "startConsuming()" }]
        : []),
    ],
    stop: [
      ...(consumes
        ? [{ module: "./events/consumer.js", name: "stopConsuming", call: "await stopConsuming()" }]
        : []),
      { module: "./events/relay.js", name: "stopRelay", call: "await stopRelay()" },
      { module: "./events/broker.js", name: "closeBroker", call: "await closeBroker()" },
    ],
  };
};

function consumerFiles(
  { services, broker }: ProjectModel,
  service: ServiceModel,
  source: (path: string, template?: string) => FeatureFile,
): FeatureFile[] {
  const consumed = service.consumes
    .map((name) => eventOf(services, name))
    .map(({ event, publisher }) => eventView(event, publisher));
  const contractNames = consumed
    .map(({ event }) => `${event}Event`)
    .toSorted()
    .join(", ");
  const handlers = source("events/handlers");
  return [
    source("events/consumer", `events/consumer-${broker}`),
    ...(broker === "kafka" ? [source("events/membership")] : []),
    source("events/dead-letter-queue", `events/dead-letter-queue-${broker}`),
    source("events/handle-message"),
    source("events/lanes"),
    source("dead-letters"),
    { ...handlers, view: { contractNames, events: consumed.toSorted(byTopic) } },
    ...consumed.map((event) => named("on", event)),
  ];
}

function byTopic(a: EventView, b: EventView): number {
  return a.topic < b.topic ? -1 : 1;
}

function named(kind: "publish" | "on", event: EventView): FeatureFile {
  return { path: `src/events/${kind}-${event.topic}.ts`, template: `src/events/${kind}.ts`, view: event };
}

function eventOf(services: ServiceModel[], name: string): { event: EventModel; publisher: ServiceModel } {
  for (const publisher of services) {
    const event = publisher.publishes.find((each) => each.name === name);
    if (event !== undefined) return { event, publisher };
  }
  throw new Error(`no service publishes "${name}"`);
}

/** Topics that a service writes or reads, with the queues that get their messages where the broker has queues. */
function topicsOf({ services }: ProjectModel, service: ServiceModel): object[] {
  const topics = [...service.publishes.map(({ name }) => name), ...service.consumes];
  const consumersOf = (topic: string) =>
    services.filter(({ consumes }) => consumes.includes(topic)).map(({ name }) => name);
  const deadLetters = `${service.name}-dlq`;
  return [
    ...[...new Set(topics)]
      .toSorted()
      .map((topic) => ({ name: topic, single: false, queues: consumersOf(topic).toSorted() })),
    ...(service.consumes.length > 0 ? [{ name: deadLetters, single: true, queues: [deadLetters] }] : []),
  ];
}

function deadLetterScript({ runtime }: ServiceModel): Record<string, string> {
  return {
    "dead-letters": `${runtime === "node" ? "node --enable-source-maps" : "bun"} dist/dead-letters.js`,
  };
}

function brokerConfig({ broker }: ProjectModel, consumes: boolean): ConfigEntry[] {
  const prefix = broker === "kafka" ? "KAFKA" : "RABBITMQ";
  const slots: ConfigEntry = {
    name: `${prefix}_MAX_CONCURRENT_HANDLERS`,
    schema: "count",
    default: "10",
    description: "Events that are handled at once; no more are fetched until one is done.",
  };
  return [...(broker === "kafka" ? kafka : rabbitmq), ...(consumes ? [slots] : [])];
}

const kafka: ConfigEntry[] = [
  {
    name: "KAFKA_BROKERS",
    schema:
      'v.pipe(v.string(), v.regex(/^[^\\s,:]+:\\d+(,[^\\s,:]+:\\d+)*$/, "host:port,host:port"), v.transform((text) => text.split(",")))',
    default: "kafka:9092",
    development: "127.0.0.1:9092",
    description: "Brokers to begin with: host:port,host:port.",
  },
  {
    name: "KAFKA_PARTITIONS",
    schema: "count",
    default: "6",
    description: "Partitions of a topic that is made; as many instances can share its events.",
  },
];

const rabbitmq: ConfigEntry[] = [
  {
    name: "RABBITMQ_URL",
    schema: "address",
    development: "amqp://guest:guest@127.0.0.1:5672",
    secret: true,
    description: "Where RabbitMQ answers, e.g. amqp://user:password@rabbitmq:5672.",
  },
];
