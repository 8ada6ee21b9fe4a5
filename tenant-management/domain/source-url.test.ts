import { describe, expect, it } from "vitest";
import { parseSourceUrl } from "./source-url.js";

describe("source url", () => {
  it("takes a connection string apart, escapes and default port included", () => {
    expect(parseSourceUrl("postgresql://ada%40x:pw@[::1]/crm%2F1?sslmode=require")).toEqual({
      host: "::1",
      port: 5432,
      databaseName: "crm/1",
      userName: "ada@x",
      tls: "require",
      url: "postgresql://ada%40x:pw@[::1]/crm%2F1",
    });
  });

  it.each([
    ["not a url", "must look like"],
    ["mysql://ada:hunter2@db/one", "must look like"],
    ["postgres://ada:hunter2@db", "database is missing"],
    ["postgres://db/one", "user is missing"],
    ["postgres://ada:hunter2@db/%E0%A4%A", "percent sign"],
  ])("refuses %s without repeating the password", (url, reason) => {
    expect(() => parseSourceUrl(url)).toThrow(reason);
    expect(() => parseSourceUrl(url)).not.toThrow("hunter2");
  });
});
