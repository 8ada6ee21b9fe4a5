/** `call-types.d.ts` of `encore.gen`: how a handler's type becomes the type of a call to it. */
export const CALL_TYPES = `import type { CallOpts, StreamIn, StreamInOut, StreamOutWithResponse } from "encore.dev/api";

type Handler = (...args: never[]) => unknown;
type Arguments<H> = H extends (...args: infer A) => unknown ? A : never;

/** The stream that a streaming handler works on, and what it receives and sends there. */
type StreamOf<H> = Arguments<H> extends [...unknown[], infer S] ? S : never;
type Received<S> = S extends { recv: () => Promise<infer M> } ? M : never;
type Sent<S> = S extends { send: (message: infer M) => unknown } ? M : never;
type Handshake<H> = Arguments<H> extends [infer D, unknown] ? [handshake: D] : [];

/** A call takes what the handler takes, and may state options. */
export type Call<H extends Handler> = (...args: [...Arguments<H>, options?: CallOpts]) => ReturnType<H>;

export type StreamOutCall<H extends Handler> = (
  ...args: [...Handshake<H>, options?: CallOpts]
) => Promise<StreamIn<Sent<StreamOf<H>>>>;

export type StreamInCall<H extends Handler> = (
  ...args: [...Handshake<H>, options?: CallOpts]
) => Promise<StreamOutWithResponse<Received<StreamOf<H>>, Awaited<ReturnType<H>>>>;

export type StreamInOutCall<H extends Handler> = (
  ...args: [...Handshake<H>, options?: CallOpts]
) => Promise<StreamInOut<Sent<StreamOf<H>>, Received<StreamOf<H>>>>;
`;
