// Writes transforms for Bubbles in AssemblyScript. A plugin's file names its function with `transform`,
// and has `export * from "bubbles/assembly/exports"`.
import { Row } from "./row";
import { Context, fail, Task } from "./task";

export { log, Level } from "./host";
export { Output } from "./output";
export { Row } from "./row";
export { Context } from "./task";

/** Names the plugin's transform: a function over rows, which emits an `Output` for each row that it gives. */
export function transform(summary: string, configSchema: string, take: (row: Row, config: Row) => void): void {
  Task.summary = summary;
  Task.schema = configSchema;
  Task.take = take;
}

/** Names what comes after the last row: a function that emits what was held back. */
export function finish(last: (config: Row) => void): void {
  Task.last = last;
}

/** Where the task runs. */
export function context(): Context {
  return Task.context;
}

/** Which of the task's inputs the row is from, in the order of its `from`. All of one comes before the next. */
export function input(): u32 {
  return Task.input;
}

/** This row is put aside with the reason, and the rest goes on. */
export function reject(reason: string): void {
  Task.reason = reason;
}

/** This input is bad and always will be. */
export function invalid(message: string): void {
  fail(0, message);
}
/** It may work later. */
export function transient(message: string): void {
  fail(1, message);
}
/** The job cannot go on. */
export function fatal(message: string): void {
  fail(2, message);
}
