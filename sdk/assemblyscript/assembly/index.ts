// Writes transforms for Bubbles in AssemblyScript. A plugin's file names its function with `transform`,
// and has `export * from "bubbles/assembly/exports"`.
import { Row } from "./row";
import { fail, Task } from "./task";

export { log, Level } from "./host";
export { Output } from "./output";
export { Row } from "./row";

/** Names the plugin's transform: a function over rows, which emits an `Output` for each row that it gives. */
export function transform(summary: string, configSchema: string, take: (row: Row, config: Row) => void): void {
  Task.summary = summary;
  Task.schema = configSchema;
  Task.take = take;
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
