import { once } from "node:events";
import { connect, createServer } from "node:net";

/** An address of a container network: what reaches it goes on to a process of this machine. */
export async function networkAddress(address: string, port: number, process: number) {
  const server = createServer((socket) => {
    const target = connect(process, "127.0.0.1");
    socket.pipe(target).pipe(socket);
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  server.listen(port, address);
  await once(server, "listening");
  return {
    stop: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
