import { expect, test } from "vitest";
import { unpackHeaders } from "./subprotocol.js";

const pack = (fields: unknown): string =>
  `encore.dev.headers.${Buffer.from(JSON.stringify(fields)).toString("base64url")}`;

test("headers inside a subprotocol join the others, and the protocol is gone", () => {
  const headers = ["Sec-WebSocket-Protocol", `encore-ws, ${pack({ Authorization: "Bearer x" })}`, "X-A", "1"];
  expect(unpackHeaders(headers)).toEqual([
    "authorization",
    "Bearer x",
    "Sec-WebSocket-Protocol",
    "encore-ws",
    "X-A",
    "1",
  ]);
});

test.each([["cookie"], ["host"], ["sec-fetch-mode"], ["proxy-authorization"], ["bad name"]])(
  "%s cannot be set this way",
  (name) => {
    expect(() => unpackHeaders(["Sec-WebSocket-Protocol", pack({ [name]: "x" })])).toThrow(
      "invalid auth data",
    );
  },
);

test("what is no JSON object is refused", () => {
  expect(() => unpackHeaders(["Sec-WebSocket-Protocol", "encore.dev.headers.%%%"])).toThrow(
    "invalid auth data",
  );
});
