const DIGITS = "0123456789abcdefghijklmnopqrstuv";

/** The form of a trace or span id that apps see in `x-encore-trace-id` and `currentRequest().trace`: base 32 of its bytes. */
export function encoreId(hex: string): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (let i = 0; i < hex.length; i++) {
    const code = hex.charCodeAt(i);
    value = ((value << 4) | (code < 58 ? code - 48 : code - 87)) & 0x1ff;
    bits += 4;
    if (bits >= 5) {
      bits -= 5;
      text += DIGITS[(value >> bits) & 31];
    }
  }
  return bits > 0 ? text + DIGITS[(value << (5 - bits)) & 31] : text;
}
