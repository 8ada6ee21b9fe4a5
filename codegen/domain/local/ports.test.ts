import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { choosePorts, isFree } from "./ports.js";

describe("the ports of services", () => {
  it("are those asked for, and free ones, each once", async () => {
    const chosen = await choosePorts(["a", "b", "c"], {});
    expect(new Set(chosen.values()).size).toBe(3);
    const wanted = chosen.get("b")!;
    const again = await choosePorts(["a", "b"], { b: wanted });
    expect(again.get("b")).toBe(wanted);
    expect(again.get("a")).not.toBe(wanted);
  });

  it("are refused by name where somebody listens on any address", async () => {
    for (const host of ["0.0.0.0", "127.0.0.1", "::"]) {
      const other = createServer().listen(0, host);
      await once(other, "listening");
      const { port } = other.address() as AddressInfo;
      expect(await isFree(port)).toBe(false);
      await expect(choosePorts(["a", "orders"], { orders: port })).rejects.toMatchObject({
        code: "port_taken",
        service: "orders",
        message: expect.stringContaining(String(port)),
      });
      other.close();
      await once(other, "close");
    }
  });
});
