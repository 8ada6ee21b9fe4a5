import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectErrorKind } from "../src/runtime/objects/object-store.js";
import { S3Store } from "../src/runtime/objects/s3-store.js";

/** As much of S3 as the host uses: objects by path, in memory, pages of two. */
class SmallS3 {
  readonly objects = new Map<string, { data: Buffer; type: string | undefined }>();
  readonly server: Server = createServer(async (req, res) => {
    const url = new URL(req.url ?? "", "http://s3");
    const key = decodeURIComponent(url.pathname).replace(/^\/real\/?/, "");
    const object = this.objects.get(key);
    if (
      !url.searchParams.has("X-Amz-Signature") &&
      !req.headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=id/")
    ) {
      return void res.writeHead(403).end();
    }
    if (req.method === "GET" && key === "") return void res.end(this.page(url.searchParams));
    if (req.method === "PUT") {
      if (object && req.headers["if-none-match"] === "*")
        return void res.writeHead(412).end(failure("PreconditionFailed"));
      const data = await body(req);
      this.objects.set(key, { data, type: req.headers["content-type"] });
      return void res.writeHead(200, { etag: etag(data) }).end();
    }
    if (req.method === "DELETE") return void res.writeHead(this.objects.delete(key) ? 204 : 204).end();
    if (!object) return void res.writeHead(404).end(req.method === "HEAD" ? "" : failure("NoSuchKey"));
    res.writeHead(200, {
      etag: etag(object.data),
      "content-length": object.data.length,
      "content-type": object.type ?? "binary/octet-stream",
    });
    res.end(req.method === "HEAD" ? undefined : object.data);
  });

  private page(query: URLSearchParams): string {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const limit = Math.min(2, Number(query.get("max-keys")));
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const shown = keys.slice(0, limit);
    const entries = shown.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>${this.objects.get(key)?.data.length}</Size><ETag>"x"</ETag></Contents>`,
    );
    const more = keys.length > limit;
    const next = more ? `<NextContinuationToken>${shown.at(-1)}</NextContinuationToken>` : "";
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${entries.join("")}${next}</ListBucketResult>`;
  }
}

const etag = (data: Buffer) => `"${createHash("md5").update(data).digest("hex")}"`;
const failure = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

async function body(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("a bucket on S3", () => {
  const s3 = new SmallS3();
  let store: S3Store;

  beforeAll(async () => {
    await new Promise<void>((resolve) => s3.server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(s3.server.address() as AddressInfo).port}`;
    const config = {
      bucket: "real",
      region: "eu-north-1",
      keyPrefix: "p/",
      accessKeyId: "id",
      secretAccessKey: "secret",
      publicBaseUrl: "https://cdn.example.com/",
    };
    store = new S3Store({ provider: "s3", endpoint, ...config });
  });
  afterAll(() => s3.server.close());

  it("stores below its prefix and returns what was stored", async () => {
    const uploaded = await store.upload("a/b ü", Buffer.from("héllo"), { contentType: "text/plain" });
    expect(uploaded).toMatchObject({
      name: "a/b ü",
      size: 6,
      contentType: "text/plain",
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(s3.objects.get("p/a/b ü")?.data.toString()).toBe("héllo");
    expect((await store.download("a/b ü")).toString()).toBe("héllo");
    expect(await store.attrs("a/b ü")).toMatchObject({
      name: "a/b ü",
      size: 6,
      contentType: "text/plain",
      etag: uploaded.etag,
    });
  });

  it("tells what is missing, and what must not be there", async () => {
    await expect(store.download("none")).rejects.toMatchObject({ kind: ObjectErrorKind.NotFound });
    await expect(store.attrs("none")).rejects.toMatchObject({ kind: ObjectErrorKind.NotFound });
    await store.upload("once", Buffer.from("1"), {});
    await expect(store.upload("once", Buffer.from("2"), { notExists: true })).rejects.toMatchObject({
      kind: ObjectErrorKind.PreconditionFailed,
    });
    await expect(store.upload("", Buffer.from("2"), {})).rejects.toMatchObject({
      kind: ObjectErrorKind.InvalidArgument,
    });
  });

  it("lists page after page, up to a limit", async () => {
    for (const name of ["l/1", "l/2", "l/3", "l/4", "l/5"]) await store.upload(name, Buffer.from(name), {});
    const names = async (limit?: number) => {
      const found: string[] = [];
      for await (const entry of store.list({ prefix: "l/", ...(limit ? { limit } : {}) }))
        found.push(entry.name);
      return found;
    };
    expect(await names()).toEqual(["l/1", "l/2", "l/3", "l/4", "l/5"]);
    expect(await names(3)).toEqual(["l/1", "l/2", "l/3"]);
    await store.remove("l/1");
    expect(await names(1)).toEqual(["l/2"]);
  });

  it("hands out addresses that work by themselves", async () => {
    const put = await fetch(await store.signedUrl("PUT", "signed", 60), { method: "PUT", body: "via url" });
    expect(put.status).toBe(200);
    expect(await (await fetch(await store.signedUrl("GET", "signed", 60))).text()).toBe("via url");
    expect(store.publicUrl("a/b ü")).toBe("https://cdn.example.com/p/a/b%20%C3%BC");
  });
});
