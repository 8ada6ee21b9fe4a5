/** Whether `origin` is one of `trusted`, whose ports may be `*`. */
export function isTrustedOrigin(origin: string | undefined, trusted: readonly string[]): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return trusted.includes(origin) || trusted.includes(`${protocol}//${hostname}:*`);
}
