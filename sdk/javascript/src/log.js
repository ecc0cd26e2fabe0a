// The job's log, which prints go to as well.
import host from "bubbles:etl/log@0.1.0";

const show = (value) => {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};
const at = (level) => (...values) => host.log(level, values.map(show).join(" "));

/** A line for the job's log. */
export const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

globalThis.console = { ...log, log: log.info, trace: log.debug };
globalThis.print = log.info;
