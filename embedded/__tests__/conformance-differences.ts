/** An answer of the official runtime that this host does not copy, because following it would harm users. */
export interface ConformanceDifference {
  group: string;
  /** Name of the case in `conformance/cases.json`, or what it would be about. */
  name: string;
  reason: string;
}

/** Differences known from comparing this host with the official runtime request by request. */
export const conformanceDifferences: ConformanceDifference[] = [
  {
    group: "calls",
    name: "fields: null",
    reason:
      "A call with a query parameter beside a null or nested body field fails in the official runtime, which writes the whole payload into the query string; here the call works.",
  },
  {
    group: "decoding-body",
    name: "scalars: integer below -2^53",
    reason: "The official runtime hands over a wrong number (-9007199254740993 as -18437736874454810623).",
  },
  {
    group: "decoding-body",
    name: "literals: number written with a fraction",
    reason: "1.0 is the number 1 in JSON; the official runtime refuses it where the type says 1.",
  },
  {
    group: "decoding-headers",
    name: "cookie beside one with characters beyond ASCII",
    reason:
      "The official runtime drops the whole header, and with it the session of whoever has such a cookie.",
  },
  {
    group: "responses",
    name: "invalid date",
    reason: "The official runtime sends 1970-01-01 for an invalid Date; here it is an internal error.",
  },
  {
    group: "static",
    name: "folder without a slash",
    reason:
      "The official redirect leaves out the endpoint's own path (/sub/ in place of /site/sub/) and ends in a 404.",
  },
  {
    group: "static",
    name: "file with a space in its name",
    reason:
      "The official runtime answers 400 to any path whose decoded form is no valid URL; here the file is served.",
  },
];
