/** The demo's view of Axion's public API: plain HTTP, as any front end would use it. */

/** Answer of the API with a status of 400 or more. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

/** Calls the API at `url` with a bearer token; each call may take a minute. */
export function connect(url: string, token?: string): Api {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) {
      const error = parseError(text);
      throw new ApiError(response.status, error.code, `${method} ${path}: ${error.message}`);
    }
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
  };
}

function parseError(text: string): { code: string; message: string } {
  try {
    const { code, message, details } = JSON.parse(text) as {
      code: string;
      message: string;
      details: unknown;
    };
    return { code, message: details ? `${message} ${JSON.stringify(details)}` : message };
  } catch {
    return { code: "unknown", message: text.slice(0, 500) };
  }
}
