const LOCAL_MAX = 64;
const DOMAIN_MAX = 254;
const LABEL_MAX = 63;
const ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+$/u;
const QUOTED = /^"(?:[\t !#-[\]-~\u0080-\u{10ffff}]|\\[\t !-~])*"$/u;
const LABEL = /^[\p{L}\p{N}](?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]*[\p{L}\p{N}])?$/u;
const LITERAL = /^\[[!-Z^-~\u0080-\u{10ffff}]*\]$/u;

/**
 * Whether the text is an e-mail address (RFC 5322 with the international
 * characters of RFC 6531), without a display name. A domain of one label and a
 * literal such as `[127.0.0.1]` count.
 */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1) return false;
  return isLocalPart(text.slice(0, at)) && isDomain(text.slice(at + 1));
}

function isLocalPart(local: string): boolean {
  if (Buffer.byteLength(local) > LOCAL_MAX) return false;
  if (local.startsWith('"')) return QUOTED.test(local);
  return local.split(".").every((atom) => ATOM.test(atom));
}

function isDomain(domain: string): boolean {
  if (domain.startsWith("[")) return LITERAL.test(domain);
  if (domain === "" || Buffer.byteLength(domain) > DOMAIN_MAX) return false;
  return domain.split(".").every((label) => Buffer.byteLength(label) <= LABEL_MAX && LABEL.test(label));
}
