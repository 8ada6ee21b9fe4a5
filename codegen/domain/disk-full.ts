/** Whether something failed because the disk is full, also where a store of files tells of it in words alone. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ((at as NodeJS.ErrnoException).code === "ENOSPC") return true;
    if (/\bENOSPC\b|no space left on device/i.test(at.message)) return true;
  }
  return false;
}
