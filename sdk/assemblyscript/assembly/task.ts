// What the plugin's file named, and what its function said of the row.
import { Row } from "./row";

export class Task {
  static summary: string = "";
  static schema: string = "";
  static take: (row: Row, config: Row) => void = (_row: Row, _config: Row): void => {};
  static reason: string = "";
  /** The kind of error, or -1. */
  static failure: i32 = -1;
}

/** An error of the contract: 0 invalid, 1 transient, 2 fatal. */
export function fail(kind: i32, message: string): void {
  Task.failure = kind;
  Task.reason = message;
}
