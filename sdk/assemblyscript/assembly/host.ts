// What the runtime gives to a transform.

// @ts-ignore: decorator
@external("bubbles", "output_emit")
declare function host_emit(data: usize, size: usize): void;
// @ts-ignore: decorator
@external("bubbles", "rejects_reject")
declare function host_reject(data: usize, size: usize, reason: usize, reasonSize: usize): void;
// @ts-ignore: decorator
@external("bubbles", "log_log")
declare function host_log(level: u32, data: usize, size: usize): void;

export enum Level { Debug, Info, Warn, Error }

/** A line for the job's log. */
export function log(level: Level, message: string): void {
  const bytes = String.UTF8.encode(message);
  host_log(level, changetype<usize>(bytes), bytes.byteLength);
}

/** Hands on a chunk that lies in memory. */
export function emit(data: usize, size: usize): void {
  host_emit(data, size);
}

/** Puts one record aside. */
export function putAside(data: usize, size: usize, reason: string): void {
  const bytes = String.UTF8.encode(reason);
  host_reject(data, size, changetype<usize>(bytes), bytes.byteLength);
}
