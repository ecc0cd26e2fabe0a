// Chunks of lines to rows.
import host from "bubbles:etl/rejects@0.1.0";
import { describe, isForTheRuntime } from "./errors.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

/** Calls `take` for each row of a chunk; a row that is not JSON, or for which it throws, is rejected. */
export function eachRow(chunk, take) {
  const lines = decodeUtf8(chunk).split("\n");
  for (const line of lines) {
    if (line === "" || line.trim() === "") continue;
    try {
      take(JSON.parse(line));
    } catch (error) {
      if (isForTheRuntime(error)) throw error;
      host.reject(encodeUtf8(line), describe(error));
    }
  }
}
