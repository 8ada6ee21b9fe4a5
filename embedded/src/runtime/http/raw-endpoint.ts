import { type ApiError, coerceToApiError } from "../errors.js";
import type { Request } from "../request.js";
import type { Exchange } from "./exchange.js";
import { admit } from "./invoke.js";
import { requestEnded, requestStarted } from "./observe.js";
import { BodyReader, ResponseWriter } from "./raw.js";

/** Runs a raw endpoint: its handler reads the body and writes the response itself, as it likes. */
export function runRaw(exchange: Exchange): void {
  const { endpoint, req, res } = exchange;
  let request: Request;
  try {
    request = admit(exchange);
  } catch (error) {
    exchange.refuse(error);
    return;
  }
  const reader = new BodyReader(req, endpoint.model.bodyLimit);
  const writer = new ResponseWriter(res, (taken) => untaken(exchange.gatewayHeaders(), taken));
  let failure: ApiError | undefined;
  res.on("close", () => {
    if (!res.writableFinished) reader.abort();
    requestEnded(request, res.statusCode, failure);
  });
  const fail = (thrown: unknown): void => {
    failure = coerceToApiError(thrown);
    if (writer.started) res.destroy();
    else exchange.fail(failure);
  };
  requestStarted(request);
  try {
    const result = endpoint.handler?.(request, writer, reader, { req, res });
    if (result instanceof Promise) result.catch(fail);
  } catch (thrown) {
    fail(thrown);
  }
}

/** The gateway's headers without those that the handler set itself. */
function untaken(headers: string[], taken: ReadonlySet<string>): string[] {
  return headers.filter((_, i) => !taken.has(headers[i - (i % 2)] as string));
}
