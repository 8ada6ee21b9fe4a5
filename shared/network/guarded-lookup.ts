import type { LookupFunction } from "node:net";
import { HostProblem, resolveAllowedHost } from "./address-guard.js";

/**
 * The `lookup` of an outgoing connection to a host that a tenant named (`net.connect`, an HTTP agent): it answers with
 * checked addresses only. The connection is made to the very address that was checked.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveAllowedHost(hostname).then(
    (addresses) => {
      const wanted = addresses.filter(({ family }) => !options.family || familyOf(options.family) === family);
      const [first] = wanted;
      if (first === undefined) {
        callback(new HostProblem("host_not_found", `The host "${hostname}" has no such address.`), "");
      } else if (options.all) callback(null, wanted);
      else callback(null, first.address, first.family);
    },
    (error: Error) => callback(error, ""),
  );
};

function familyOf(family: number | "IPv4" | "IPv6"): number {
  if (family === "IPv4") return 4;
  return family === "IPv6" ? 6 : family;
}
