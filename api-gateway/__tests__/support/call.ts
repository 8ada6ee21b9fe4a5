/** An answer of the API, read whole. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body where it is JSON, else undefined. */
  json: unknown;
}

export interface Call {
  method: string;
  /** With its query, encoded. */
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON; a text is sent as it is. */
  body?: unknown;
}

const timeoutMs = 30_000;

/** Calls the API; waits and asks again, for a few times, where it says that this was too often. */
export async function call(
  url: string,
  { method, path, headers = {}, body }: Call,
  { patient = true }: { patient?: boolean } = {},
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body:
        body === undefined || typeof body === "string" ? (body as string | undefined) : JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textOf(response);
    if (patient && response.status === 429 && attempt < 5) {
      const seconds = Number(response.headers.get("retry-after") ?? 1);
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 15) * 1000));
      continue;
    }
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }
}

/** The whole body; of one that does not end, what comes within a second. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.text();
  let text = "";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => void reader.cancel(), 1_000);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  } finally {
    clearTimeout(timer);
  }
  return text;
}

/** The same, for a call that must succeed. */
export async function succeed<T>(url: string, request: Call): Promise<T> {
  const answer = await call(url, request);
  if (answer.status >= 300)
    throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.text}`);
  return answer.json as T;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
