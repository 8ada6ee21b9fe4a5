/** The demo's own account: signed up through the public API like anybody's, and kept for the next run. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ApiError, connect } from "./api.ts";

/** What a person signs in with. */
export interface Credentials {
  email: string;
  password: string;
}

const keptAt = fileURLToPath(new URL("../../.axion/demo-accounts.json", import.meta.url));

interface Mail {
  template: string;
  links: string[];
}

/** Signs a new person up and confirms the address with the mailed link. Returns a token of their session. */
export async function signUp(url: string, credentials: Credentials): Promise<string> {
  const api = connect(url);
  await api.post("/api/v1/auth/sign-up/email", { name: "Demo", ...credentials });
  await api.get(pathOf(await confirmationLink(url, credentials.email)));
  return await signIn(url, credentials);
}

/** Signs a new person up and makes them the owner of an organization. */
export async function signUpOwner(
  url: string,
  { slug, ...credentials }: Credentials & { slug: string },
): Promise<string> {
  const token = await signUp(url, credentials);
  await connect(url, token).post("/api/v1/tenants", { name: slug, slug });
  return token;
}

/** A token of the person's new session. */
export async function signIn(url: string, credentials: Credentials): Promise<string> {
  const { token } = await connect(url).post<{ token: string }>("/api/v1/auth/sign-in/email", credentials);
  return token;
}

/**
 * A token of the demo's account at this Axion. Signs up at the first run, and again where the account is gone, as it
 * is with a fresh database.
 */
export async function demoToken(url: string, file: string = keptAt): Promise<string> {
  const accounts = await readAccounts(file);
  const known = accounts[url];
  if (known !== undefined) {
    try {
      return await signIn(url, known);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  }
  const suffix = randomBytes(4).toString("hex");
  const account = { email: `demo-${suffix}@example.com`, password: randomBytes(18).toString("base64url") };
  const token = await signUpOwner(url, { ...account, slug: `demo-${suffix}` });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ ...accounts, [url]: account }, null, 2), { mode: 0o600 });
  return token;
}

async function readAccounts(file: string): Promise<Record<string, Credentials>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, Credentials>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** The link in the mail, read from the mailbox that Axion has on a developer's machine. */
async function confirmationLink(url: string, email: string): Promise<string> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { mails } = await connect(url).get<{ mails: Mail[] }>(
      `/api/v1/development/mails?to=${encodeURIComponent(email)}`,
    );
    const link = mails.find(({ template }) => template === "verify-email")?.links[0];
    if (link !== undefined) return link;
    if (Date.now() > deadline) throw new Error(`no mail to ${email} came within 30 seconds`);
    await wait(100);
  }
}

function pathOf(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname + search;
}
