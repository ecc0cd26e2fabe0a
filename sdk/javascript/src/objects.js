// Files and cloud objects by URL, as far as the task's grants go: for extracts and loads.
import host from "bubbles:etl/objects@0.1.0";
import { Fatal, Transient } from "./errors.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

// What may work later is tried again; anything else ends the job, unless it is caught. `kind` is
// "denied", "not-found", "transient" or "other".
function told(call) {
  try {
    return call();
  } catch (thrown) {
    const reason = thrown?.payload ?? thrown;
    if (typeof reason?.tag !== "string") throw thrown;
    const error = reason.tag === "transient" ? new Transient(reason.val) : new Fatal(reason.val);
    error.kind = reason.tag;
    throw error;
  }
}

const bytesOf = (data) => (typeof data === "string" ? encodeUtf8(data) : data);

/** An object in the making, seen by nobody until its receipt is published. */
class Staged {
  #inner;
  constructor(url) {
    this.#inner = told(() => host.Staged.create(url));
  }
  /** Adds bytes, or text, at the end. */
  write(data) {
    told(() => this.#inner.write(bytesOf(data)));
  }
  /** Makes the bytes durable and gives the receipt. */
  finish() {
    return told(() => host.Staged.finish(this.#inner));
  }
}

export const objects = {
  /** All objects whose URL matches, sorted: `{ url, size, etag }`. */
  find: (pattern) => told(() => host.find(pattern)),
  /** At most `length` bytes from `offset`, and at most 8 MiB; fewer only where the object ends. */
  read: (url, offset = 0, length = 8 << 20) => told(() => host.read(url, offset, length)),
  /** All of an object as text. */
  readText(url) {
    const pieces = [];
    let size = 0;
    for (let piece; (piece = objects.read(url, size)).length > 0; size += piece.length) pieces.push(piece);
    const all = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return decodeUtf8(all);
  },
  stage: (url) => new Staged(url),
  publish: (receipt) => told(() => host.publish(receipt)),
  discard: (receipt) => told(() => host.discard(receipt)),
  remove: (url) => told(() => host.remove(url)),
};
