export async function build(): Promise<void> {}
