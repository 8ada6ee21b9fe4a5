import { APIError } from "encore.dev/api";
import { addressHeader, authPath, betterAuthOf } from "./auth.js";
import type { AuthHandler } from "./domain/handle-auth-request.js";
import type { HandleAuthRequest, HandleAuthResponse } from "./types.js";

const longestCallMs = 20_000;

/** Better Auth, answering requests that came through the gateway. */
export const authHandler: AuthHandler = {
  basePath: authPath,

  async handle(request: HandleAuthRequest): Promise<HandleAuthResponse> {
    const { auth, settings } = await betterAuthOf();
    const response = await inTime(
      auth.handler(
        new Request(`${settings.publicUrl}${request.path}`, {
          method: request.method,
          headers: headersOf(request),
          body: request.body === "" ? undefined : request.body,
        }),
      ),
    );
    return {
      status: response.status,
      headers: [...response.headers].map(([name, value]) => ({ name, value })),
      body: await response.text(),
    };
  },

  async personOf(request: HandleAuthRequest): Promise<string | undefined> {
    const { auth } = await betterAuthOf();
    const found = await auth.api.getSession({
      headers: headersOf(request),
      query: { disableRefresh: true },
    });
    return found?.user.id;
  },
};

/** Sign-in may wait for a provider. Throws `unavailable` where that takes longer than 20 s. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(APIError.unavailable("The sign-in provider does not answer.")),
      longestCallMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf(request: HandleAuthRequest): Headers {
  const headers = new Headers();
  for (const { name, value } of request.headers) {
    if (name.toLowerCase() !== addressHeader) headers.append(name, value);
  }
  headers.set(addressHeader, request.address);
  return headers;
}
