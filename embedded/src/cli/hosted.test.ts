import { expect, test } from "vitest";
import type { AppModel } from "../model/app-model.js";
import { selectHosted } from "./hosted.js";

const model = {
  services: [
    { name: "api", dir: "api" },
    { name: "billing", dir: "billing" },
  ],
  gateways: [{ name: "api-gateway", service: "api", place: { file: "api/gateway.ts", line: 1, column: 1 } }],
} as unknown as AppModel;

test("everything by default; the gateway goes with the service that declares it", () => {
  expect(selectHosted(model, {})).toEqual({ services: ["api", "billing"], gateway: true });
  expect(selectHosted(model, { services: ["api"] })).toEqual({ services: ["api"], gateway: true });
  expect(selectHosted(model, { services: ["billing"] })).toEqual({ services: ["billing"], gateway: false });
  expect(selectHosted(model, { services: ["billing"], gateway: true })).toEqual({
    services: ["billing"],
    gateway: true,
  });
});

test("names the service that an unknown one was meant to be", () => {
  expect(() => selectHosted(model, { services: ["biling"] })).toThrow(/no service "biling"/);
});
