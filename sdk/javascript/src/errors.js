// What a task throws so that the runtime knows what to do next.

class TaskError extends Error {
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** This input is bad and always will be: handled as the task's `on-error` says. */
export class Invalid extends TaskError {}
/** It may work later: retried with back-off. */
export class Transient extends TaskError {}
/** The job cannot go on. */
export class Fatal extends TaskError {}
/** This row is put aside with the reason, and the rest goes on. */
export class Reject extends TaskError {}

const TAGS = new Map([[Invalid, "invalid"], [Transient, "transient"], [Fatal, "fatal"]]);

/** Whether an error is about more than a row. */
export const isForTheRuntime = (error) => TAGS.has(error?.constructor);

/** An error as the contract has it. One that nobody meant is fatal, and shows where it arose. */
export function toContract(error) {
  const tag = TAGS.get(error?.constructor);
  return tag ? { tag, val: error.message } : { tag: "fatal", val: describe(error) };
}

/** What went wrong, and where in the author's own code. */
export function describe(error) {
  if (error instanceof Reject) return error.message;
  if (!(error instanceof Error)) return String(error);
  const places = (error.stack ?? "").split("\n").map(place).filter(Boolean).slice(0, 8);
  return [`${error.name}: ${error.message}`, ...places].join("\n");
}

// Lines of the bundle, as lines of the files it was made of. Set by the build, or by the interpreter.
let locate = (file, line) => ({ file, line });
export function locateWith(lookup) {
  locate = lookup;
}

function place(frame) {
  const found = /at (?:(.*?) )?\(?([^()\s]+?):(\d+)(?::(\d+))?\)?\s*$/.exec(frame);
  if (!found) return null;
  const where = locate(found[2], Number(found[3]), Number(found[4] ?? 1));
  if (!where) return null;
  const name = found[1] && found[1] !== "<anonymous>" && found[1] !== "<eval>" ? `${found[1]} ` : "";
  return `    at ${name}(${where.file}:${where.line})`;
}
