// Where goes what is thrown.
import { Level, log } from "./host";

/** What `abort=` of the compiler is set to: what is thrown says where. */
export function crash(message: string | null, file: string | null, line: u32, column: u32): void {
  log(Level.Error, (message ? message : "abort") + " (" + (file ? file : "?") + ":" + line.toString() + ":" + column.toString() + ")");
  unreachable();
}
