import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setHost } from "../host.js";
import { FolderStore } from "./folder-store.js";
import { ObjectErrorKind } from "./object-store.js";
import { handleObjectRequest } from "./serve-objects.js";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "axion-objects-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function store(options: { public?: boolean; versioned?: boolean; base?: string } = {}) {
  const bucket = { name: "files", public: options.public ?? false, versioned: options.versioned ?? false };
  return new FolderStore(bucket, {
    provider: "folder",
    dir,
    publicBaseUrl: options.base ?? "http://h/__axion/objects",
    signingKey: "key",
  });
}

async function names(
  from: FolderStore,
  options: { prefix?: string; limit?: number } = {},
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of from.list({ prefix: "", ...options })) found.push(name);
  return found;
}

const put = (to: FolderStore, name: string, text = name) => to.upload(name, Buffer.from(text), {});

describe("a folder bucket", () => {
  it("returns what was uploaded, with its attributes", async () => {
    const files = store();
    const uploaded = await files.upload("a/b ü.txt", Buffer.from("héllo"), { contentType: "text/plain" });
    expect(uploaded).toMatchObject({ name: "a/b ü.txt", size: 6, contentType: "text/plain" });
    expect(await files.attrs("a/b ü.txt")).toEqual(uploaded);
    expect((await files.download("a/b ü.txt")).toString()).toBe("héllo");
    expect((await files.attrs("a/b ü.txt")).etag).toMatch(/^[0-9a-f]{32}$/);
    await put(files, "a/b ü.txt", "new");
    expect((await files.download("a/b ü.txt")).toString()).toBe("new");
  });

  it("keeps names apart that a file system might not, and inside its folder", async () => {
    const files = store();
    const all = [
      "a",
      "A",
      "a/b",
      "a//b",
      "../x",
      "..",
      ".",
      "/abs",
      "%41",
      "x".repeat(600),
      `${"é/".repeat(100)}end`,
    ];
    for (const name of all) await put(files, name);
    for (const name of all) expect((await files.download(name)).toString()).toBe(name);
    expect(await names(files)).toEqual(
      [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    expect(readdirSync(dir).sort()).toEqual(["objects", "tmp"]);
    expect(readdirSync(join(dir, "tmp"))).toEqual([]);
  });

  it("lists by prefix, in order, up to a limit", async () => {
    const files = store();
    for (const name of ["ls/b", "ls/a", "ls/sub/c", "ls/sub-d", "ls", "other"]) await put(files, name);
    expect(await names(files, { prefix: "ls/" })).toEqual(["ls/a", "ls/b", "ls/sub-d", "ls/sub/c"]);
    expect(await names(files, { prefix: "ls/sub" })).toEqual(["ls/sub-d", "ls/sub/c"]);
    expect(await names(files, { prefix: "ls/", limit: 2 })).toEqual(["ls/a", "ls/b"]);
    expect(await names(files, { prefix: "none" })).toEqual([]);
    expect(await names(files, { limit: 0 })).toEqual([]);
  });

  it("removes objects, and the folders they leave empty", async () => {
    const files = store();
    await put(files, "deep/er/x");
    await files.remove("deep/er/x");
    await expect(files.remove("deep/er/x")).rejects.toMatchObject({
      kind: ObjectErrorKind.NotFound,
      message: "object not found",
    });
    expect(readdirSync(join(dir, "objects"))).toEqual([]);
  });

  it("creates only what does not exist when told so, also when many try at once", async () => {
    const files = store();
    const attempts = Array.from({ length: 8 }, (_, i) =>
      files.upload("one", Buffer.from(String(i)), { notExists: true }),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = results.find((result) => result.status === "rejected");
    expect(refused?.reason).toMatchObject({ kind: ObjectErrorKind.PreconditionFailed });
  });

  it("shows readers the old content or the new, never a mixture", async () => {
    const files = store();
    const contents = ["a", "b"].map((letter) => letter.repeat(200_000));
    await put(files, "x", contents[0]);
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await put(files, "x", contents[i % 2]);
    })();
    for (let i = 0; i < 40; i++) expect(contents).toContain((await files.download("x")).toString());
    await writing;
  });

  it("keeps every version where it is versioned", async () => {
    const files = store({ versioned: true });
    const one = await put(files, "v", "one");
    const two = await put(files, "v", "two");
    expect(one.version).not.toBe(two.version);
    expect((await files.download("v", one.version)).toString()).toBe("one");
    expect((await files.download("v")).toString()).toBe("two");
    await files.remove("v");
    await expect(files.download("v")).rejects.toMatchObject({ kind: ObjectErrorKind.NotFound });
    expect((await files.download("v", two.version)).toString()).toBe("two");
    expect(await names(files)).toEqual([]);
    await files.remove("v", one.version);
    await expect(files.attrs("v", one.version)).rejects.toMatchObject({ kind: ObjectErrorKind.NotFound });
    await expect(files.attrs("v", "../../x")).rejects.toMatchObject({ kind: ObjectErrorKind.NotFound });
  });

  it.each(["", "a\nb", "x".repeat(1025)])("refuses the name %j", async (name) => {
    await expect(put(store(), name)).rejects.toMatchObject({ kind: ObjectErrorKind.InvalidArgument });
  });
});

describe("the addresses of objects", () => {
  async function serving<T>(work: (base: string) => Promise<T>): Promise<T> {
    const server = createServer(handleObjectRequest).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/__axion/objects`;
    const objects = (name: string) => ({
      provider: "folder" as const,
      dir: join(dir, name),
      publicBaseUrl: base,
      signingKey: "key",
    });
    setHost({
      config: { objects: { open: objects("open"), closed: objects("closed") } } as never,
      model: {
        buckets: [
          { name: "open", public: true, versioned: false },
          { name: "closed", public: false, versioned: false },
        ],
      } as never,
    });
    try {
      return await work(base);
    } finally {
      setHost(undefined);
      server.closeAllConnections();
      server.close();
    }
  }

  it("serve, store and refuse as signed", async () => {
    await serving(async () => {
      const { objectStore } = await import("./bucket.js");
      const closed = objectStore("closed");
      const upload = await closed.signedUrl("PUT", "a b/ü", 60);
      const put = await fetch(upload, {
        method: "PUT",
        body: "via url",
        headers: { "content-type": "text/plain" },
      });
      expect(put.status).toBe(200);
      expect(await closed.attrs("a b/ü")).toMatchObject({ size: 7, contentType: "text/plain" });

      const download = await closed.signedUrl("GET", "a b/ü", 60);
      const got = await fetch(download);
      expect([got.status, await got.text(), got.headers.get("content-type")]).toEqual([
        200,
        "via url",
        "text/plain",
      ]);
      expect(got.headers.get("content-security-policy")).toBe("sandbox");

      const statuses = [
        fetch(upload), // a signature for writing does not read
        fetch(download, { method: "PUT", body: "x" }),
        fetch(download.replace("%C3%BC", "other")),
        fetch(`${download}x`),
        fetch(await closed.signedUrl("GET", "a b/ü", -1)),
        fetch(await closed.signedUrl("GET", "none", 60)),
        fetch(download.replace(/\?.*/, "").replace("/signed/", "/public/")),
      ].map(async (response) => (await response).status);
      expect(await Promise.all(statuses)).toEqual([403, 403, 403, 403, 403, 404, 404]);
      expect((await closed.download("a b/ü")).toString()).toBe("via url");
    });
  });

  it("serve ranges and answer conditions where the bucket is public", async () => {
    await serving(async () => {
      const { objectStore } = await import("./bucket.js");
      const open = objectStore("open");
      await open.upload("p.txt", Buffer.from("0123456789"), { contentType: "text/plain" });
      const url = open.publicUrl("p.txt");
      const range = async (value: string) => {
        const response = await fetch(url, { headers: { range: value } });
        return [response.status, await response.text(), response.headers.get("content-range")];
      };
      expect(await range("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10"]);
      expect(await range("bytes=-3")).toEqual([206, "789", "bytes 7-9/10"]);
      expect(await range("bytes=8-")).toEqual([206, "89", "bytes 8-9/10"]);
      expect(await range("bytes=10-")).toEqual([416, "", "bytes */10"]);
      const first = await fetch(url);
      const again = await fetch(url, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
      expect([await first.text(), again.status]).toEqual(["0123456789", 304]);
      expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(405);
      expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("10");
      await open.upload("empty", Buffer.alloc(0), {});
      expect(await (await fetch(open.publicUrl("empty"))).text()).toBe("");
    });
  });
});
