import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  ExplainConversionRequest,
  ExplainConversionResponse,
  PreviewSampleRequest,
  PreviewSampleResponse,
} from "../data-processing/entity-conversion/types.js";

/** How a rule would run over its source: the executor and why, the SQL, batch size, estimated records. */
export const explainConversion = api(
  { method: "POST", path: "/api/v1/conversion/explain", expose: true, auth: true },
  async (request: ExplainConversionRequest): Promise<ExplainConversionResponse> =>
    data_processing.explainConversion(request),
);

/** What a rule would do to a sample of records: creates, updates, skips and failures with their reasons. Nothing is written. */
export const previewSample = api(
  { method: "POST", path: "/api/v1/conversion/preview/sample", expose: true, auth: true },
  async (request: PreviewSampleRequest): Promise<PreviewSampleResponse> =>
    data_processing.previewSample(request),
);
