import { ObjectNotFound } from "encore.dev/storage/objects";

/** Waits for the removal of an object; one that somebody else removed in the meantime is gone all the same. */
export async function unlessGone(removing: Promise<void>): Promise<void> {
  try {
    await removing;
  } catch (error) {
    if (!(error instanceof ObjectNotFound)) throw error;
  }
}
