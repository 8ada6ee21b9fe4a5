/** Headers that the gateway knows better than the client. */
export interface Forwarding {
  /** Address of the client's end of the connection. */
  clientAddress: string | undefined;
  proto: "http" | "https";
}

const INTERNAL_PREFIX = "x-encore-meta-";

/**
 * The headers of a request as they came, in `[name, value, …]` form. Lookups scan
 * the list, which beats building a map for the two or three that are read.
 */
export class IncomingHeaders {
  constructor(
    readonly raw: readonly string[],
    readonly forwarding?: Forwarding,
    /** `traceparent` of the span that handles the request. */
    private readonly traceparent?: () => string,
  ) {}

  /** The first value; names are given in lower case. */
  first(name: string): string | undefined {
    if (this.forwarding && name.startsWith("x-forwarded-")) return this.forwarded(name);
    return this.scan(name);
  }

  private scan(name: string): string | undefined {
    const { raw } = this;
    for (let i = 0; i < raw.length; i += 2) {
      const candidate = raw[i] as string;
      if (candidate.length === name.length && (candidate === name || candidate.toLowerCase() === name)) {
        return raw[i + 1];
      }
    }
    return undefined;
  }

  /** All values, in order. */
  all(name: string): string[] {
    if (this.forwarding && name.startsWith("x-forwarded-")) {
      const value = this.forwarded(name);
      return value === undefined ? [] : [value];
    }
    const values: string[] = [];
    for (let i = 0; i < this.raw.length; i += 2) {
      if (this.raw[i]?.toLowerCase() === name) values.push(this.raw[i + 1] as string);
    }
    return values;
  }

  private forwarded(name: string): string | undefined {
    const { clientAddress, proto } = this.forwarding as Forwarding;
    switch (name) {
      case "x-forwarded-for": {
        if (clientAddress === undefined) return undefined;
        const prior: string[] = [];
        for (let i = 0; i < this.raw.length; i += 2) {
          if (this.raw[i]?.toLowerCase() === name) prior.push(this.raw[i + 1] as string);
        }
        return [...prior, clientAddress].join(", ");
      }
      case "x-forwarded-host":
        return this.scan("host");
      case "x-forwarded-proto":
        return proto;
      default:
        return this.scan(name);
    }
  }

  /** What app code sees: lower-case names, a list where a header was repeated, nothing of the host's own. */
  toRecord(): Record<string, string | string[]> {
    const record: Record<string, string | string[]> = {};
    for (let i = 0; i < this.raw.length; i += 2) {
      const name = (this.raw[i] as string).toLowerCase();
      if (name.startsWith(INTERNAL_PREFIX) || name === "__proto__") continue;
      const value = this.raw[i + 1] as string;
      const known = record[name];
      if (known === undefined) record[name] = value;
      else record[name] = Array.isArray(known) ? [...known, value] : [known, value];
    }
    if (this.forwarding) {
      for (const name of ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]) {
        const value = this.forwarded(name);
        if (value !== undefined) record[name] = value;
      }
    }
    const traceparent = this.traceparent?.();
    if (traceparent !== undefined) record.traceparent = traceparent;
    return record;
  }
}

/**
 * The text of a header value: HTTP hands over bytes as Latin-1, clients send
 * UTF-8. Undefined where the bytes are not UTF-8.
 */
export function headerText(value: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: tests for bytes beyond ASCII
  if (/^[\u0000-\u007f]*$/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return undefined;
  }
}
