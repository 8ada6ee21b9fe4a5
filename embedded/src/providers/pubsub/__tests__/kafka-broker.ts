import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../../postgres/postmaster.js";

const START_TIMEOUT_MS = 180_000;

/** Folder of Kafka's jars (`org.apache.kafka:kafka_2.13` and what it depends on); undefined: no Kafka to test with. */
export const kafkaJars = process.env.KAFKA_TEST_JARS;

/** A real Kafka broker on this machine, one node as broker and controller (KRaft), that tests kill and start. */
export class KafkaBroker {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts a broker; with `secured`, only clients come in that use TLS and give this user's password. */
  static async start(secured?: { username: string; password: string }): Promise<KafkaBroker> {
    const folder = await mkdtemp(join(tmpdir(), "axion-kafka-"));
    const [port, controllerPort, internalPort] = [await freePort(), await freePort(), await freePort()];
    const properties = {
      "process.roles": "broker,controller",
      "node.id": "1",
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `CLIENTS://127.0.0.1:${port},BROKERS://127.0.0.1:${internalPort},CONTROLLER://127.0.0.1:${controllerPort}`,
      "listener.security.protocol.map": `CLIENTS:${secured ? "SASL_SSL" : "PLAINTEXT"},BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT`,
      "inter.broker.listener.name": "BROKERS",
      "controller.listener.names": "CONTROLLER",
      ...(secured ? await securitySettings(folder) : {}),
      "log.dirs": join(folder, "data"),
      "offsets.topic.replication.factor": "1",
      "offsets.topic.num.partitions": "1",
      "transaction.state.log.replication.factor": "1",
      "transaction.state.log.min.isr": "1",
      "group.initial.rebalance.delay.ms": "0",
      "auto.create.topics.enable": "false",
    };
    const file = join(folder, "server.properties");
    await writeFile(
      file,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
    const broker = new KafkaBroker(folder, port);
    const cluster = Buffer.alloc(16, 1).toString("base64url");
    await promisify(execFile)(
      "java",
      broker.java(
        ...["kafka.tools.StorageTool", "format", "-t", cluster, "-c", file],
        ...(secured
          ? ["--add-scram", `SCRAM-SHA-512=[name=${secured.username},password=${secured.password}]`]
          : []),
      ),
      { timeout: START_TIMEOUT_MS },
    );
    await broker.resume();
    return broker;
  }

  /** The certificate that a secured broker shows, signed by itself. */
  certificate(): Promise<string> {
    return readFile(join(this.folder, "certificate.pem"), "utf8");
  }

  /** Starts the broker (again) on its data and waits until it answers. */
  async resume(): Promise<void> {
    this.process = spawn("java", this.java("kafka.Kafka", join(this.folder, "server.properties")), {
      stdio: "ignore",
    });
    const until = performance.now() + START_TIMEOUT_MS;
    while (!(await answers(this.port))) {
      if (performance.now() > until || this.process.exitCode !== null) throw new Error("Kafka did not start");
      await delay(200);
    }
  }

  async kill(): Promise<void> {
    if (!this.process || this.process.exitCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await exited;
  }

  /** Stands still, connections open, as a stalled network looks from outside. */
  stall(): void {
    this.process?.kill("SIGSTOP");
  }

  unstall(): void {
    this.process?.kill("SIGCONT");
  }

  async remove(): Promise<void> {
    this.unstall();
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private java(...args: string[]): string[] {
    return ["-Xmx512m", "-cp", join(kafkaJars ?? "", "*"), ...args];
  }
}

/** Makes a certificate for 127.0.0.1, and the broker's settings for TLS and SCRAM. */
async function securitySettings(folder: string): Promise<Record<string, string>> {
  const [keyFile, certificateFile] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  await promisify(execFile)(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka"],
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certificateFile],
    ],
    { timeout: START_TIMEOUT_MS },
  );
  const oneLine = async (file: string) => (await readFile(file, "utf8")).trim().replaceAll("\n", "\\n");
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.key": await oneLine(keyFile),
    "ssl.keystore.certificate.chain": await oneLine(certificateFile),
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.clients.scram-sha-512.sasl.jaas.config":
      "org.apache.kafka.common.security.scram.ScramLoginModule required;",
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
