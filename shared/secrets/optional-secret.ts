/**
 * The value of a secret that need not be set; undefined where it is not. Encore answers an unset secret with an
 * empty text in local development and throws elsewhere.
 */
export function optionalSecret(read: () => string): string | undefined {
  try {
    return read().trim() || undefined;
  } catch (error) {
    if (error instanceof Error && /^secret \S+ is not set$/.test(error.message)) return undefined;
    throw error;
  }
}
