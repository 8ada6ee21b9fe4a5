// Bundles the npm package `postgres` with its handling of lost connections corrected.
//
// Up to 3.4.9 a server that goes away while a transaction is open makes the driver write to a socket that is gone,
// from a timer, where nobody can catch it: the process ends. A connection that was closed with unsent bytes never
// sends again. And a transaction whose connection was lost goes on with the next session of that connection, outside
// any transaction. See https://github.com/porsager/postgres/issues/1208 and 1066. Once a release corrects them, the
// texts below are not found any more, and this file goes.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** File of the driver → what is written otherwise in it. */
const CORRECTIONS = {
  "connection.js": [
    ["    count: 0,\n", "    count: 0,\n    session: 0,\n"],
    // A query on a connection that is closed fails.
    [
      "    if (terminated)\n      return queryError(q,",
      "    if (terminated || socket === null)\n      return queryError(q,",
    ],
    // Nothing of a lost session is left to the next one.
    [
      "    socket = null\n\n    if (initial)\n      return reconnect()\n\n    !hadError && (query",
      "    socket = null\n    chunk = nextWriteTimer = null\n    connection.session++\n\n    if (initial)\n      return reconnect()\n\n    ;(query",
    ],
    [
      "    closedTime = performance.now()\n",
      "    query = results = errorResponse = null\n    closedTime = performance.now()\n",
    ],
  ],
  "index.js": [
    // A transaction ends with the session that it began in.
    [
      "    let savepoints = 0\n      , connection\n",
      "    let savepoints = 0\n      , session\n      , connection\n",
    ],
    [
      "      connection = c\n      move(c, reserved)\n",
      "      connection = c\n      session = c.session\n      move(c, reserved)\n",
    ],
    [
      "        q.catch(e => uncaughtError || (uncaughtError = e))\n",
      "        q.catch(e => uncaughtError || (uncaughtError = e))\n        if (c.session !== session)\n          return q.reject(Errors.connection('CONNECTION_CLOSED', options))\n",
    ],
  ],
};

/** The corrected text of a file of the driver; undefined where the driver is not one of the releases concerned. */
export function correctDriver(name, text) {
  let corrected = text;
  for (const [from, to] of CORRECTIONS[name]) {
    if (corrected.split(from).length !== 2) return undefined;
    corrected = corrected.replace(from, () => to);
  }
  return corrected;
}

/** esbuild plugin. With `packages: "external"` it brings the driver into the bundle, if it is a release concerned. */
export function postgresDriverPlugin() {
  return {
    name: "postgres-driver",
    setup(build) {
      build.onResolve({ filter: /^postgres$/ }, ({ resolveDir }) => {
        const sources = driverSources(resolveDir);
        return sources && { path: path.join(sources, "index.js") };
      });
      build.onLoad({ filter: /[\\/]postgres[\\/]src[\\/](index|connection)\.js$/ }, ({ path: file }) => {
        const contents = correctDriver(path.basename(file), readFileSync(file, "utf8"));
        return contents === undefined ? undefined : { contents, loader: "js" };
      });
    },
  };
}

/** Folder of the driver's ES modules, where all of its files can be corrected. */
function driverSources(from) {
  let main;
  try {
    main = createRequire(path.join(from, "_.js")).resolve("postgres");
  } catch {
    return undefined;
  }
  const sources = path.resolve(main, "../../../src");
  const correctable = Object.keys(CORRECTIONS).every((name) => {
    const file = path.join(sources, name);
    return existsSync(file) && correctDriver(name, readFileSync(file, "utf8")) !== undefined;
  });
  return correctable ? sources : undefined;
}
