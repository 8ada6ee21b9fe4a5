/** `order-item` → `orderItem`. */
export function camelCase(kebab: string): string {
  return kebab.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `order-item`, `orderItem` → `OrderItem`. */
export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** A key of an object literal or interface; quoted where it is no identifier. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
