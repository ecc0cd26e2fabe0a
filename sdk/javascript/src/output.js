// What a task gives: rows, which travel together, or chunks.
import host from "bubbles:etl/output@0.1.0";

// A chunk is handed on at this many characters.
const CHUNK = 256 * 1024;

let waiting = [];
let size = 0;

/** Hands on one row: any value that JSON knows. */
export function emitRow(row) {
  const line = JSON.stringify(row);
  if (line === undefined) throw new TypeError(`a row cannot be ${typeof row}`);
  waiting.push(line);
  size += line.length + 1;
  if (size >= CHUNK) flush();
}

/** Hands on what a function gave: a row, nothing, an array of rows, or anything that iterates over rows. */
export function emitAll(given) {
  if (given === null || given === undefined) return;
  if (typeof given === "object" && Symbol.iterator in given) {
    for (const row of given) emitRow(row);
  } else {
    emitRow(given);
  }
}

/** Hands on the rows that wait. */
export function flush() {
  if (size === 0) return;
  const text = waiting.join("\n") + "\n";
  waiting = [];
  size = 0;
  host.emitText(text);
}

/** Hands on a whole chunk, of bytes or of text, after the rows that wait. */
export function emit(chunk) {
  flush();
  if (typeof chunk === "string") host.emitText(chunk);
  else host.emit(chunk);
}
