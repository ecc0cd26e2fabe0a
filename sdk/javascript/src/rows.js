// Chunks of lines to rows.
import host from "bubbles:etl/rejects@0.1.0";
import { eachBatch, isArrow } from "./arrow.js";
import { describe, isForTheRuntime } from "./errors.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

/** Calls `take` for each row of a chunk; a row that is not JSON, or for which it throws, is rejected. */
export function eachRow(chunk, take) {
  if (isArrow(chunk)) {
    eachBatch(chunk, (count, row) => {
      for (let i = 0; i < count; i++) {
        attempt(() => take(row(i)), () => JSON.stringify(row(i)));
      }
    });
    return;
  }
  for (const line of decodeUtf8(chunk).split("\n")) {
    if (line === "" || line.trim() === "") continue;
    attempt(() => take(JSON.parse(line)), () => line);
  }
}

function attempt(work, record) {
  try {
    work();
  } catch (error) {
    if (isForTheRuntime(error)) throw error;
    host.reject(encodeUtf8(record()), describe(error).replace(/\n\s*/g, " "));
  }
}
