import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** What is kept of an object, as one line of JSON of fixed length before its content: both appear in one rename. */
export interface Header {
  size: number;
  etag: string;
  version: string;
  contentType: string;
}

/** Room for the line, newline included. */
const HEADER_BYTES = 512;
export const MAX_CONTENT_TYPE = 256;
/** As S3: one upload has at most 5 GiB. */
const MAX_OBJECT_BYTES = 5 * 2 ** 30;

export class ObjectTooLargeError extends Error {}

let lastVersion = 0n;

/** Rises with each upload of this process, and between processes by the clock. */
function newVersion(): string {
  const now = BigInt(Date.now()) * 1000n;
  lastVersion = now > lastVersion ? now : lastVersion + 1n;
  return lastVersion.toString();
}

/** Writes a complete object file under a temporary name, on disk before it returns. */
export async function writeTemporary(
  dir: string,
  data: Buffer | Readable,
  contentType: string,
): Promise<{ path: string; header: Header }> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${process.pid}-${randomBytes(8).toString("hex")}`);
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("md5");
    let size = 0;
    for await (const chunk of Buffer.isBuffer(data) ? [data] : (data as AsyncIterable<Buffer>)) {
      hash.update(chunk);
      await writeAll(file, chunk, HEADER_BYTES + size);
      size += chunk.length;
      if (size > MAX_OBJECT_BYTES)
        throw new ObjectTooLargeError(`an object has at most ${MAX_OBJECT_BYTES} bytes`);
    }
    const header: Header = { size, etag: hash.digest("hex"), version: newVersion(), contentType };
    await writeAll(file, Buffer.from(`${JSON.stringify(header).padEnd(HEADER_BYTES - 1)}\n`, "latin1"), 0);
    await file.datasync();
    return { path, header };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

/** An object file opened for reading: whatever happens to its name, this content and header belong together. */
export class OpenObject {
  private constructor(
    private readonly file: FileHandle,
    readonly header: Header,
  ) {}

  /** Undefined when there is no such file. */
  static async open(path: string): Promise<OpenObject | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, "r");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
      throw error;
    }
    try {
      const line = Buffer.alloc(HEADER_BYTES);
      await file.read(line, 0, HEADER_BYTES, 0);
      return new OpenObject(file, JSON.parse(line.toString("latin1")) as Header);
    } catch (error) {
      await file.close();
      throw new Error(`${path} is damaged`, { cause: error });
    }
  }

  async readAll(): Promise<Buffer> {
    const data = Buffer.alloc(this.header.size);
    for (let done = 0; done < data.length; ) {
      const { bytesRead } = await this.file.read(data, done, data.length - done, HEADER_BYTES + done);
      if (bytesRead === 0) throw new Error("the object's file is shorter than its header says");
      done += bytesRead;
    }
    return data;
  }

  /** The bytes from `start` to `end`, both included. Closes the file at its end. */
  stream(start: number, end: number): Readable {
    return createReadStream("", { fd: this.file, start: HEADER_BYTES + start, end: HEADER_BYTES + end });
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
