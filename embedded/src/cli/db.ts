export async function db(): Promise<void> {}
