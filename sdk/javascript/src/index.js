// What a task's code imports from "bubbles".
export { Invalid, Transient, Fatal, Reject } from "./errors.js";
export { emit, emitRow } from "./output.js";
export { log } from "./log.js";
export { objects } from "./objects.js";
export { encodeUtf8, decodeUtf8 } from "./utf8.js";
