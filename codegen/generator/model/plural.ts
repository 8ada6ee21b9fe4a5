/** `OrderItem` → `order-item`, `reserveStock` → `reserve-stock`, `HTTPRoute` → `http-route`. */
export function kebabCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

/** Plural of an English noun in kebab case, by the regular rules: `category` → `categories`. */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** Path and table name of an entity: `OrderItem` → `order-items`. */
export function entityPath(entity: { name: string; plural?: string | undefined }): string {
  return entity.plural ?? plural(kebabCase(entity.name));
}

/** Where an operation answers: its path, or `/operations/reserve-stock`. */
export function operationPath(operation: { name: string; path?: string | undefined }): string {
  return operation.path ?? `/operations/${kebabCase(operation.name)}`;
}
