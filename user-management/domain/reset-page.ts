import type { HandleAuthRequest, HandleAuthResponse } from "../types.js";

const page = /^\/reset-password\/([^/?]{1,200})$/;

/**
 * The token of a mailed link that is to be answered by a page of this service: whoever asked for it named no page of a
 * front end. Undefined for every other request.
 */
export function resetPageToken(route: string, { path }: HandleAuthRequest): string | undefined {
  const query = new URLSearchParams(path.split("?", 2)[1] ?? "");
  return query.has("callbackURL") ? undefined : page.exec(route)?.[1];
}

/** The page's form as the call that it stands for. */
export function resetCall(basePath: string, request: HandleAuthRequest, token: string): HandleAuthRequest {
  const newPassword = new URLSearchParams(request.body).get("newPassword") ?? "";
  return {
    ...request,
    path: `${basePath}/reset-password`,
    headers: [
      ...request.headers.filter(({ name }) => name.toLowerCase() !== "content-type"),
      { name: "content-type", value: "application/json" },
    ],
    body: JSON.stringify({ newPassword, token }),
  };
}

/** The form that asks for a new password, with what was wrong with the last one. */
export function resetForm(problem?: string): HandleAuthResponse {
  return html(
    problem === undefined ? 200 : 400,
    "Choose a new password",
    `${problem === undefined ? "" : `<p role="alert">${escaped(problem)}</p>`}
<form method="post">
<label>New password, 10 to 128 characters<br>
<input type="password" name="newPassword" minlength="10" maxlength="128" autocomplete="new-password" required>
</label>
<p><button>Set the password</button></p>
</form>`,
  );
}

/** What the form was answered. */
export function resetResult(answer: HandleAuthResponse): HandleAuthResponse {
  if (answer.status === 200) {
    return html(
      200,
      "Your password was changed",
      "<p>Sign in with it now. All earlier sessions have ended.</p>",
    );
  }
  const { code, message } = JSON.parse(answer.body) as { code?: string; message?: string };
  const over = "The link was used already, or its time is over: ask for a new one.";
  return resetForm(code === "INVALID_TOKEN" ? over : (message ?? "The password was not changed."));
}

function html(status: number, title: string, body: string): HandleAuthResponse {
  const headers = [
    { name: "content-type", value: "text/html; charset=utf-8" },
    {
      name: "content-security-policy",
      value: "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    },
  ];
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
${body}
</html>
`;
  return { status, headers, body: text };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
