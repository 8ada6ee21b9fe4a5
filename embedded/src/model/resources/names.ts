const MAX_LENGTH = 63;

/** What is wrong with the name of a bucket (words joined by `-`) or metric (`_`). */
export function nameProblem(name: string, separator: "-" | "_", reservedPrefix?: string): string | undefined {
  if (name.length === 0 || name.length > MAX_LENGTH) return `it must have 1 to ${MAX_LENGTH} characters`;
  if (!/^[a-z]/.test(name)) return "it must start with a lower-case letter";
  if (!/[a-z0-9]$/.test(name)) return "it must end with a lower-case letter or digit";
  const wrong = [...name].find((c) => !/[a-z0-9]/.test(c) && c !== separator);
  if (wrong !== undefined) return `it cannot contain \`${wrong}\``;
  return reservedPrefix && name.startsWith(reservedPrefix) ? `\`${reservedPrefix}\` is reserved` : undefined;
}
