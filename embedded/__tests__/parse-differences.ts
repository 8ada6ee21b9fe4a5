/**
 * Where the reader deliberately differs from the official parser: case name →
 * reason. An entry that no longer applies fails the test.
 */
export const PARSE_DIFFERENCES: Record<string, string> = {};
