import { host } from "./host.js";

/** A secret that is set. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  cached(): string {
    return this.#value;
  }
}

/** The secret of that name; null when it is not set, which the SDK turns into an error or, locally, an empty text. */
export function secret(name: string): Secret | null {
  const { secrets } = host().config;
  return Object.hasOwn(secrets, name) ? new Secret(secrets[name] as string) : null;
}
