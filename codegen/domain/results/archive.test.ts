import { describe, expect, it } from "vitest";
import { packArchive, unpackArchive } from "./archive.js";

const files = [
  { path: "services/orders/src/main.ts", text: "console.log('заказы');\n" },
  { path: "docker/create.sh", text: "#!/bin/sh\n", executable: true },
  { path: `services/${"long-".repeat(30)}/index.ts`, text: "" },
];

describe("an archive", () => {
  it("gives back what was packed", async () => {
    const { content } = await packArchive("shop", files);
    expect([...(await unpackArchive(content)).values()]).toEqual(files);
  });

  it("is whole however many files there are", async () => {
    const many = Array.from({ length: 600 }, (_, at) => ({ path: `files/${at}.txt`, text: `${at}` }));
    const { content } = await packArchive("shop", many);
    expect([...(await unpackArchive(content)).values()]).toEqual(many);
  });

  it("has the same bytes for the same files", async () => {
    const [one, other] = await Promise.all([packArchive("shop", files), packArchive("shop", files)]);
    expect(one.sha256).toBe(other.sha256);
    expect((await packArchive("shop", files.slice(1))).sha256).not.toBe(one.sha256);
  });
});
