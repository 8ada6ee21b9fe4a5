import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { TestDataSourceSettingsRequest } from "../types.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

const authData = newCaller("source:manage");
const { tenantId } = authData;
let own: OwnPostgres;
const servers: Server[] = [];

beforeAll(async () => {
  own = await startOwnPostgres();
  await own.admin.unsafe(
    `CREATE ROLE nobody_here LOGIN PASSWORD 'nobody'; CREATE TABLE orders (id int PRIMARY KEY)`,
  );
}, 60_000);

afterAll(async () => {
  for (const server of servers) server.close();
  await own?.stop();
});

async function test(
  settings: Partial<TestDataSourceSettingsRequest>,
  change: (url: URL) => unknown = () => {},
) {
  const url = new URL(own.url);
  change(url);
  return await tenant_management.testDataSourceSettings(
    { tenantId, url: url.href, ...settings },
    { authData },
  );
}

/** A server that is none: what it does with a connection is given. */
async function listen(handle: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    handle(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `postgres://ada:secret@127.0.0.1:${(server.address() as AddressInfo).port}/crm`;
}

const codes = (answer: { problems: { code: string }[] }) => answer.problems.map(({ code }) => code);

describe("a test of a connection", () => {
  it.each([
    ["prefer", true],
    ["require", true],
    ["disable", false],
  ] as const)("connects with tls %s", async (tls, encrypted) => {
    const answer = await test({ tls });
    expect(answer).toMatchObject({ reachable: true, encrypted, writable: true, problems: [] });
    expect(answer.readableEntities).toBeGreaterThanOrEqual(1);
  });

  it("checks the certificate and the name with verify-full", async () => {
    const { caCertificate } = own;
    const trusted = await test({ tls: "verify-full", caCertificate });
    expect(trusted).toMatchObject({ reachable: true, encrypted: true, problems: [] });
    expect(codes(await test({ tls: "verify-full" }))).toEqual(["tls_certificate_untrusted"]);
    const otherName = await test({ tls: "verify-full", caCertificate }, (url) => {
      url.hostname = "127.0.0.1";
    });
    expect(codes(otherName)).toEqual(["tls_name_mismatch"]);
  });

  it.each([
    [
      "password_wrong",
      (url: URL): void => {
        url.password = "nope";
      },
    ],
    [
      "database_missing",
      (url: URL): void => {
        url.pathname = "/nix";
      },
    ],
    [
      "connection_refused",
      (url: URL): void => {
        url.port = "1";
      },
    ],
    [
      "host_not_found",
      (url: URL): void => {
        url.hostname = "no.such.host.invalid";
      },
    ],
    [
      "address_not_allowed",
      (url: URL): void => {
        url.hostname = "169.254.169.254";
      },
    ],
    [
      "address_not_allowed",
      (url: URL): void => {
        url.hostname = "[::ffff:169.254.169.254]";
      },
    ],
  ] as const)("says %s", async (code, change) => {
    const answer = await test({}, change);
    expect([answer.reachable, ...codes(answer)]).toEqual([false, code]);
    expect(answer.error).toBe(answer.problems[0]!.message);
  });

  it("says which privileges are missing, and asks for none of writing where the source is read-only", async () => {
    const change = (url: URL) => {
      url.username = "nobody_here";
      url.password = "nobody";
    };
    const answer = await test({}, change);
    expect(answer).toMatchObject({ reachable: true, readableEntities: 0, writable: false });
    expect(answer.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("may read none"),
      expect.stringContaining('schema "axion"'),
    ]);
    expect((await test({ readOnly: true }, change)).problems).toHaveLength(1);
  });

  it("says that the server is read-only", async () => {
    await own.admin.unsafe("CREATE DATABASE frozen; ");
    await own.admin.unsafe("ALTER DATABASE frozen SET default_transaction_read_only = on");
    const answer = await test({}, (url) => (url.pathname = "/frozen"));
    expect([answer.reachable, answer.writable, ...codes(answer)]).toEqual([true, false, "read_only"]);
  });

  it("says that TLS is not offered", async () => {
    const url = await listen((socket) => socket.once("data", () => socket.write("N")));
    expect(codes(await test({ url, tls: "require" }))).toEqual(["tls_not_offered"]);
  });

  it.each(["prefer", "disable"] as const)(
    "ends with what is no Postgres server, with tls %s",
    async (tls) => {
      const http = await listen((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      );
      expect(codes(await test({ url: http, tls }))).toEqual(["not_postgres"]);
      const closing = await listen((socket) => socket.once("data", () => socket.end()));
      expect(codes(await test({ url: closing, tls }))).toEqual(["connection_closed"]);
    },
  );

  it("waits 5 s for a server that does not answer", async () => {
    const url = await listen(() => {});
    const answer = await test({ url });
    expect(codes(answer)).toEqual(["connection_timeout"]);
    expect(answer.milliseconds).toBeLessThan(8_000);
  }, 15_000);

  it("refuses settings that contradict each other, with the field's path", async () => {
    const cases: [Partial<TestDataSourceSettingsRequest>, string][] = [
      [{ url: `${own.url}?sslmode=require`, tls: "disable" }, "tls"],
      [{ url: `${own.url}?sslmode=verify-ca` }, "url"],
      [{ statementTimeoutMs: 5 }, "statementTimeoutMs"],
      [{ caCertificate: own.caCertificate }, "caCertificate"],
      [{ tls: "verify-full", caCertificate: "certificate" }, "caCertificate"],
    ];
    for (const [settings, path] of cases) {
      await expect(test(settings)).rejects.toMatchObject({ code: "invalid_argument", details: { path } });
    }
  });

  it("of another tenant's source is answered like one of a missing source", async () => {
    const other = newCaller("source:manage");
    await expect(
      tenant_management.testDataSourceSettings({ tenantId: other.tenantId, url: own.url }, { authData }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
