import { describe, expect, it } from "vitest";
import { parseCloudEvent } from "./cloud-event.js";
import { readEvents } from "./read-events.js";

const event = { specversion: "1.0", id: "1", source: "/sensors/a", type: "temperature.read" };
const structured = { "content-type": "application/cloudevents+json; charset=utf-8" };
const batched = { "content-type": "application/cloudevents-batch+json" };
const read = (headers: Record<string, string>, body: unknown) =>
  readEvents(headers, Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));

describe("a request with CloudEvents", () => {
  it("is read in structured form, extensions apart", () => {
    const sent = {
      ...event,
      time: "2026-01-31T12:00:00.5+03:00",
      data: { t: [1.5, null] },
      tenantid: "evil",
      n: 7,
    };
    const { batch, events, rejected } = read(structured, sent);
    expect({ batch, rejected }).toEqual({ batch: false, rejected: [] });
    expect(events[0]).toMatchObject({
      index: 0,
      event: { id: "1", data: { t: [1.5, null] }, time: sent.time, extensions: { tenantid: "evil", n: 7 } },
    });
  });

  it("is read in binary form, JSON, text and bytes", () => {
    const headers = {
      "ce-specversion": "1.0",
      "ce-id": "1",
      "ce-source": "urn:a",
      "ce-type": "t",
      "ce-subject": "%E2%82%AC%20x",
    };
    const of = (contentType: string, body: Buffer) => {
      const { events, rejected } = read({ ...headers, "content-type": contentType }, body);
      expect(rejected).toEqual([]);
      return events[0]!.event;
    };
    expect(of("application/json", Buffer.from('{"a":1}'))).toMatchObject({ subject: "€ x", data: { a: 1 } });
    expect(of("text/plain", Buffer.from("hello"))).toMatchObject({
      data: "hello",
      datacontenttype: "text/plain",
    });
    expect(of("image/png", Buffer.from([255, 0]))).toMatchObject({ dataBase64: "/wA=" });
  });

  it("is read as a batch, of which each event stands for itself", () => {
    const { batch, events, rejected } = read(batched, [
      event,
      { ...event, id: "" },
      7,
      { ...event, id: "2" },
    ]);
    expect(batch).toBe(true);
    expect(events.map(({ index }) => index)).toEqual([0, 3]);
    expect(rejected).toMatchObject([
      { index: 1, path: "[1].id", reason: "value_invalid", source: "/sensors/a" },
      { index: 2, path: "[2]", reason: "type_invalid" },
    ]);
  });

  it.each([
    [{ "content-type": "text/plain" }, "x", 415],
    [{ "content-type": "application/cloudevents+avro" }, "x", 415],
    [{}, "x", 415],
    [structured, "{", 400],
    [structured, Buffer.from([0x22, 0xff, 0x22]), 400],
    [batched, "{}", 400],
    [batched, JSON.stringify(Array(1_001).fill(event)), 413],
  ])("is refused as a whole: %j", (headers, body, status) => {
    expect(() => readEvents(headers as Record<string, string>, Buffer.from(body))).toThrow(
      expect.objectContaining({ status }),
    );
  });

  it("has events of at most 256 KB", () => {
    const big = { ...event, data: "x".repeat(256 * 1024) };
    expect(read(structured, big).rejected).toMatchObject([{ path: "", reason: "too_large" }]);
    expect(read(batched, [big, event]).rejected).toMatchObject([
      { index: 0, path: "[0]", reason: "too_large" },
    ]);
  });
});

describe("a CloudEvent", () => {
  const { id: _, ...withoutId } = event;

  it.each<[string, unknown, string, string]>([
    ["no event", [], "", "type_invalid"],
    ["without an id", withoutId, "id", "missing"],
    ["without a version", { ...event, specversion: undefined }, "specversion", "missing"],
    ["of another version", { ...event, specversion: "0.3" }, "specversion", "version_unsupported"],
    ["with a number for an id", { ...event, id: 1 }, "id", "type_invalid"],
    ["with a long id", { ...event, id: "x".repeat(513) }, "id", "too_large"],
    ["with no URI for a source", { ...event, source: "a b" }, "source", "value_invalid"],
    ["with a control character", { ...event, type: "a\nb" }, "type", "invalid_text"],
    ["with half a surrogate pair", { ...event, subject: "\ud800" }, "subject", "invalid_text"],
    ["with an empty subject", { ...event, subject: "" }, "subject", "value_invalid"],
    ["with a day that is none", { ...event, time: "2026-02-30T00:00:00Z" }, "time", "value_invalid"],
    ["with a time without offset", { ...event, time: "2026-02-03T00:00:00" }, "time", "value_invalid"],
    ["with a relative schema", { ...event, dataschema: "x" }, "dataschema", "value_invalid"],
    ["with no media type", { ...event, datacontenttype: "json" }, "datacontenttype", "value_invalid"],
    ["with data twice", { ...event, data: 1, data_base64: "AA==" }, "data_base64", "value_invalid"],
    ["with bad base64", { ...event, data_base64: "*" }, "data_base64", "value_invalid"],
    ["with an upper-case name", { ...event, tenantId: "x" }, "tenantId", "name_invalid"],
    ["with an object for an extension", { ...event, ext: {} }, "ext", "type_invalid"],
    ["with a NUL in its data", { ...event, data: { a: ["\0"] } }, "data.a[0]", "invalid_text"],
    [
      "with an endless number",
      JSON.parse(JSON.stringify(event).replace("}", ',"data":{"n":1e400}}')),
      "data.n",
      "value_invalid",
    ],
  ])("%s is refused with the path", (_what, value, path, reason) => {
    expect(() => parseCloudEvent(value)).toThrow(expect.objectContaining({ path, reason }));
  });

  it("takes null for what is not set", () => {
    expect(parseCloudEvent({ ...event, subject: null, ext: null, data: null })).toMatchObject({
      subject: undefined,
      data: null,
      extensions: {},
    });
  });
});
