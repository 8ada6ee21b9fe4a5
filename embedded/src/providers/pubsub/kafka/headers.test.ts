import { describe, expect, it } from "vitest";
import { encodeName, readAttributes, readHeaders, readPublishedAt, writeHeaders } from "./headers.js";

const message = {
  id: "m-1",
  topic: "t",
  body: "{}",
  attributes: { correlationId: "c-1", tenantId: "t-1" },
  headers: { traceparent: "00-1" },
};

describe("headers of a message on Kafka", () => {
  it("are the required ones, those of the host and the attributes", () => {
    expect(Object.fromEntries(writeHeaders(message, "1700000000000"))).toEqual({
      "x-correlation-id": "c-1",
      "x-causation-id": "",
      "x-user-id": "",
      "x-project-id": "",
      "x-tenant-id": "t-1",
      "x-message-id": "m-1",
      "x-timestamp": "1700000000000",
      traceparent: "00-1",
    });
  });

  it("are read as attributes again, without those that say nothing", () => {
    const headers = readHeaders(writeHeaders(message, "1700000000000"));
    expect(headers).toMatchObject({ "x-correlation-id": "c-1", traceparent: "00-1" });
    expect(headers).not.toHaveProperty("x-user-id");
    expect(readAttributes(headers)).toMatchObject({ correlationId: "c-1", tenantId: "t-1" });
    expect(readPublishedAt(headers, 1).getTime()).toBe(1_700_000_000_000);
  });

  it("give way to the broker's time where a message from elsewhere has none", () => {
    expect(readPublishedAt({}, 1_600_000_000_000).getTime()).toBe(1_600_000_000_000);
    expect(readPublishedAt({ "x-timestamp": "soon" }, 1_600_000_000_000).getTime()).toBe(1_600_000_000_000);
  });

  it("have names in bytes, the same ones each time", () => {
    expect(encodeName("x-é").toString()).toBe("x-é");
    expect(encodeName("x-é")).toBe(encodeName("x-é"));
  });
});
