/** A value as people write it in TypeScript: each member on a line of its own at the top, names without quotes. */
export function objectText(value: object): string {
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)},`);
  return `{\n${members.join("\n")}\n}`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
