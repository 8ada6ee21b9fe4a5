import type {
  Consumer,
  OutgoingMessage,
  ProviderLog,
  PubSubProvider,
  SubscriptionOptions,
} from "../provider.js";
import { Connections, STEADY_PLANS } from "./connections.js";
import { PostgresConsumer } from "./consumer.js";
import { Publisher } from "./publisher.js";
import { SCHEMA } from "./schema.js";
import { Session } from "./session.js";
import { TenantActivity } from "./tenant-activity.js";

const CONNECTIONS = 3;
const IDLE_TIMEOUT_SECONDS = 60;
const STATEMENT_TIMEOUT_MS = 15_000;

/** Pub/Sub on a Postgres database that `preparePubSub` has prepared. */
export class PostgresPubSub implements PubSubProvider {
  private readonly connections: Connections;
  private readonly publisher: Publisher;
  private readonly session: Session;
  private readonly consumers: PostgresConsumer[] = [];
  private readonly tenants = new TenantActivity();
  private worker: number | undefined;

  constructor(
    connectionString: string,
    private readonly log: ProviderLog,
  ) {
    this.connections = new Connections(connectionString, {
      max: CONNECTIONS,
      idle_timeout: IDLE_TIMEOUT_SECONDS,
      connection: {
        application_name: "axion-pubsub",
        statement_timeout: STATEMENT_TIMEOUT_MS,
        ...STEADY_PLANS,
      },
    });
    const worker = (): number | undefined => this.worker;
    this.publisher = new Publisher(this.connections, worker, (subscriptions) => this.wake(subscriptions));
    this.session = new Session(
      connectionString,
      {
        connected: (id) => this.connected(id),
        lost: () => {
          this.worker = undefined;
        },
        published: (subscriptions) => this.wake(subscriptions),
        due: (subscription, inMs) => this.consumer(subscription)?.wake(inMs),
        subscriptions: () => this.serve(),
      },
      log,
    );
  }

  publish(message: OutgoingMessage): Promise<void> {
    return this.publisher.publish(message);
  }

  subscribe(options: SubscriptionOptions): Consumer {
    const consumer = new PostgresConsumer(options, {
      connections: this.connections,
      log: this.log,
      worker: () => this.worker,
      tenants: this.tenants,
    });
    this.consumers.push(consumer);
    this.session.start();
    if (this.worker !== undefined) void this.connectConsumers([consumer]);
    return consumer;
  }

  async close(): Promise<void> {
    await this.publisher.settled();
    await this.session.stop();
    await this.connections.close();
  }

  private connected(worker: number): void {
    this.worker = worker;
    void this.connectConsumers(this.consumers);
  }

  /** Looks up what the subscriptions are called in the database. What fails is tried again with the next tick. */
  private async connectConsumers(consumers: PostgresConsumer[]): Promise<void> {
    try {
      const rows = await this.connections.run(
        (sql) => sql<{ id: number; topic: string; name: string }[]>`
          select id, topic, name from ${sql(SCHEMA)}.subscription`,
      );
      for (const consumer of consumers) {
        const { topic, name } = consumer.options;
        const row = rows.find((each) => each.topic === topic && each.name === name);
        if (row) consumer.connected(row.id);
        else
          this.log("error", "subscription is not in the Pub/Sub database: it gets no messages", {
            topic,
            subscription: name,
          });
      }
    } catch (error) {
      this.log("warn", "Pub/Sub subscriptions could not be read; trying again", {}, error);
    }
  }

  /** Regular upkeep; answers the subscriptions to look after. */
  private serve(): number[] {
    const unconnected = this.consumers.filter((consumer) => consumer.id === undefined);
    if (unconnected.length > 0) void this.connectConsumers(unconnected);
    for (const consumer of this.consumers) consumer.warnOfSlowHandlers();
    return this.consumers.flatMap((consumer) => consumer.id ?? []);
  }

  private consumer(subscription: number): PostgresConsumer | undefined {
    return this.consumers.find((consumer) => consumer.id === subscription);
  }

  private wake(subscriptions: number[]): void {
    for (const subscription of subscriptions) this.consumer(subscription)?.wake();
  }
}
