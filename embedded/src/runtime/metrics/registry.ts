import { BroadcastChannel, getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";
import { warn } from "../logger.js";
import { SeriesDirectory } from "./series-directory.js";

/** The contract's values. */
export enum MetricType {
  Counter = "Counter",
  Gauge = "Gauge",
}

/** One time series of an app's own metric, with the slot that holds its value. */
export interface Series {
  name: string;
  type: MetricType;
  /** Sorted by name; the service comes as `service`. */
  labels: [string, string][];
  slot: number;
}

const ENVIRONMENT_KEY = "axion.metrics";
const CHANNEL = "axion.metrics";

/** Allocates slots in the SDK's shared buffer. The main thread also knows all series, those of its workers included. */
export class MetricsRegistry {
  readonly #directory: SeriesDirectory;
  readonly #series = new Map<string, Series>();
  readonly #channel = new BroadcastChannel(CHANNEL);
  #full = false;

  /** On the main thread: the SDK's buffer of values. */
  constructor(readonly values?: BigUint64Array) {
    const memory = getEnvironmentData(ENVIRONMENT_KEY);
    this.#directory =
      isMainThread || !(memory instanceof SharedArrayBuffer)
        ? new SeriesDirectory()
        : new SeriesDirectory(memory);
    if (isMainThread) {
      setEnvironmentData(ENVIRONMENT_KEY, this.#directory.memory);
      this.#channel.onmessage = (event) => {
        const [key, series] = (event as { data: [string, Series] }).data;
        this.#series.set(key, series);
      };
    }
    this.#channel.unref();
  }

  allocateSlot(
    name: string,
    labels: [string, string][],
    serviceName: string | undefined | null,
    type: MetricType,
  ): number {
    const all = [...labels, ...(serviceName ? [["service", serviceName] as [string, string]] : [])].sort(
      ([a], [b]) => (a < b ? -1 : 1),
    );
    const key = JSON.stringify([type, name, all]);
    const known = this.#series.get(key);
    if (known !== undefined) return known.slot;
    const slot = this.#directory.slotOf(key);
    if (slot === undefined) {
      if (!this.#full)
        warn(`too many metric series: ${name} and further new ones are not counted`, {
          labels: Object.fromEntries(labels),
        });
      this.#full = true;
      return this.#directory.overflowSlot;
    }
    const series = { name, type, labels: all, slot };
    this.#series.set(key, series);
    if (!isMainThread) this.#channel.postMessage([key, series]);
    return slot;
  }

  slotCount(): number {
    return this.#series.size;
  }

  /** Every series with its current value. */
  *collect(): Iterable<Series & { value: number }> {
    if (this.values === undefined) return;
    const bits = new BigUint64Array(1);
    const float = new Float64Array(bits.buffer);
    for (const series of this.#series.values()) {
      const raw = Atomics.load(this.values, series.slot);
      bits[0] = raw;
      yield { ...series, value: series.type === MetricType.Gauge ? (float[0] as number) : Number(raw) };
    }
  }
}
