import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as expressions from "./domain/evaluate-expression.js";
import * as execution from "./domain/execute-conversion.js";
import { expressionFunctions, expressionLimits } from "./domain/expressions/library.js";
import * as preview from "./domain/preview-conversion.js";
import type {
  EvaluateExpressionRequest,
  EvaluateExpressionResponse,
  ExecuteConversionRequest,
  ExecuteConversionResponse,
  ListExpressionFunctionsResponse,
  PreviewConversionRequest,
  PreviewConversionResponse,
} from "./types.js";
import { ruleWorld } from "./world.js";

/** Shows what a rule, saved or not, would do to the target for one record. Writes nothing. */
export const previewConversion = api(
  { method: "POST", path: "/conversion/preview", expose: false, auth: true },
  async (request: PreviewConversionRequest): Promise<PreviewConversionResponse> => {
    const actor = requireIdentity();
    return await preview.previewConversion(db, ruleWorld(actor), actor, request);
  },
);

/** Converts one record. Converting it again with the same values changes nothing. */
export const executeConversion = api(
  { method: "POST", path: "/conversion/execute", expose: false, auth: true },
  async (request: ExecuteConversionRequest): Promise<ExecuteConversionResponse> => {
    const actor = requireIdentity();
    return await execution.executeConversion(db, ruleWorld(actor), actor, request);
  },
);

/** Tries an expression on a record. An expression that is wrong is an answer too, with the problem's position. */
export const evaluateExpression = api(
  { method: "POST", path: "/conversion/expressions/evaluate", expose: false, auth: true },
  async (request: EvaluateExpressionRequest): Promise<EvaluateExpressionResponse> =>
    await expressions.evaluateExpression(ruleWorld(requireIdentity()), request),
);

/** The functions of the expression language, and the bounds of expressions. */
export const listExpressionFunctions = api(
  { method: "GET", path: "/conversion/expressions/functions", expose: false, auth: true },
  async (): Promise<ListExpressionFunctionsResponse> => ({
    functions: expressionFunctions(),
    limits: expressionLimits,
  }),
);
