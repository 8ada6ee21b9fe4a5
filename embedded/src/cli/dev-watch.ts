import path from "node:path";
import { watch } from "chokidar";

/** An editor that saves several files, or a branch being switched, is one change. */
const DEBOUNCE_MS = 120;
const IGNORED_DIRS = new Set(["node_modules", "encore.gen", "dist", "coverage", "__tests__"]);
/** What an app is made of and configured by. */
const SOURCE = /\.(?:ts|mts|cts|tsx|js|mjs|cjs|jsx|json|sql|txt|cue)$|(?:^|\/)(?:encore\.app|\.env)$/;
const TEST = /\.(?:test|spec)\.[cm]?[jt]sx?$/;

/** Calls back with the changed files, one change at a time: those that come meanwhile make the next. */
export function watchSources(
  appDir: string,
  onChange: (files: string[]) => Promise<void>,
): { close: () => Promise<void> } {
  const pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const flush = (): void => {
    timer = undefined;
    if (running || pending.size === 0) return;
    const files = [...pending].sort();
    pending.clear();
    running = onChange(files).finally(() => {
      running = undefined;
      if (pending.size > 0 && !timer) timer = setTimeout(flush, DEBOUNCE_MS);
    });
  };

  const watcher = watch(appDir, {
    ignoreInitial: true,
    ignored: (file, stats) => isIgnored(path.relative(appDir, file), stats?.isFile() ?? false),
  });
  watcher.on("all", (_event, file) => {
    pending.add(path.relative(appDir, file));
    clearTimeout(timer);
    timer = setTimeout(flush, DEBOUNCE_MS);
  });
  watcher.on("error", (error) => {
    process.stderr.write(
      `cannot watch ${appDir}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  });
  return {
    async close() {
      clearTimeout(timer);
      await watcher.close();
      await running;
    },
  };
}

/** Whether a change of a file cannot change the app. */
export function isIgnored(relative: string, isFile: boolean): boolean {
  if (relative === "") return false;
  const segments = relative.split(path.sep);
  const folders = isFile ? segments.slice(0, -1) : segments;
  if (folders.some((name) => IGNORED_DIRS.has(name) || name.startsWith("."))) {
    // `.env` and `.secrets.local.cue` look like folders as long as nobody has asked what they are.
    return isFile || !SOURCE.test(relative);
  }
  return isFile && (!SOURCE.test(segments.join("/")) || TEST.test(relative));
}
