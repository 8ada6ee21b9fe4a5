/**
 * How the runtime library reports to whoever started the app in this process
 * (the command line tool). The two are bundled separately, so they meet at a
 * registered symbol. Worker threads and other starters have no hooks.
 */
export interface HostHooks {
  /** The server accepts requests. */
  ready(server: { host: string; port: number }): void;
  /** Everything has drained and the process is about to exit: what was started for the app is released. */
  stopped(): Promise<void>;
  /** The app cannot be served (port in use, broker unreachable …). Reports and ends the process. */
  failed(error: Error): Promise<never>;
}

const KEY = Symbol.for("axion.host-hooks");
const holder = globalThis as { [KEY]?: HostHooks };

/** Installs the hooks; called once, before the app's bundle is imported. */
export function setHostHooks(hooks: HostHooks): void {
  holder[KEY] = hooks;
}

/** The hooks of this process, if it was started by the command line tool. */
export function hostHooks(): HostHooks | undefined {
  return holder[KEY];
}
