// What the plugin's file named, and what its function said of the row.
import { Row } from "./row";

/** Where a task runs. In a retry all of it is the same again, but `attempt`, which is 1 for the first try. */
export class Context {
  job: string = "";
  task: string = "";
  split: u32 = 0;
  splits: u32 = 1;
  attempt: u32 = 1;
}

export class Task {
  static summary: string = "";
  static schema: string = "";
  static take: (row: Row, config: Row) => void = (_row: Row, _config: Row): void => {};
  static last: (config: Row) => void = (_config: Row): void => {};
  static context: Context = new Context();
  static input: u32 = 0;
  static reason: string = "";
  /** The kind of error, or -1. */
  static failure: i32 = -1;
}

/** An error of the contract: 0 invalid, 1 transient, 2 fatal. */
export function fail(kind: i32, message: string): void {
  Task.failure = kind;
  Task.reason = message;
}
