import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { tenantPolicies } from "../tenants/policies.js";
import * as explaining from "./domain/explain-conversion.js";
import * as sampling from "./domain/preview-sample.js";
import type {
  ExplainConversionRequest,
  ExplainConversionResponse,
  PreviewSampleRequest,
  PreviewSampleResponse,
} from "./types.js";
import { ruleWorld } from "./world.js";

/** How a rule would run: which executor and why, the SQL, batch size, estimated records. Writes nothing. */
export const explainConversion = api(
  { method: "POST", path: "/conversion/explain", expose: false, auth: true },
  async (request: ExplainConversionRequest): Promise<ExplainConversionResponse> => {
    const actor = requireIdentity();
    const { conversion } = await tenantPolicies.get(actor.tenantId);
    const sized = { ...request, batchSize: conversion.batchSize };
    return await explaining.explainConversion(db, ruleWorld(actor, { fresh: true }), actor, sized);
  },
);

/** What a rule would do to a sample of records, counted and by example. Writes nothing. */
export const previewSample = api(
  { method: "POST", path: "/conversion/preview/sample", expose: false, auth: true },
  async (request: PreviewSampleRequest): Promise<PreviewSampleResponse> => {
    const actor = requireIdentity();
    return await sampling.previewSample(db, ruleWorld(actor, { fresh: true }), actor, request);
  },
);
