import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { SMTPServer } from "smtp-server";
import { onTestFinished } from "vitest";

/** A mail as a server received it. */
export interface ReceivedMail {
  recipients: string[];
  /** Headers and body. */
  raw: string;
  messageId: string | undefined;
}

export interface MailServer {
  url: string;
  received: ReceivedMail[];
}

/**
 * Starts an SMTP server that ends with the test. `answer` may throw an error with a `responseCode` to refuse a
 * recipient.
 */
export async function startMailServer(answer: (recipient: string) => void = () => {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onRcptTo({ address }, _session, callback) {
      try {
        answer(address);
        callback();
      } catch (error) {
        callback(error as Error);
      }
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks).toString("utf8");
        const messageId = /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim();
        received.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), raw, messageId });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  return { url: urlOf(smtp.server), received };
}

/** Starts a server that takes connections and says nothing. */
export async function startHangingServer(): Promise<{ url: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: urlOf(server), connections: () => sockets.size };
}

function urlOf(server: Server): string {
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
