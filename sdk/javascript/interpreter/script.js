// A script's text to what it defines, with its own lines in errors.
import * as bubbles from "bubbles";
import { locateWith } from "../src/errors.js";

const NAMES = ["plan", "extract", "transform", "open", "chunk", "finish", "load", "prepare", "commit", "abort"];

let known = null;

/** Runs a script once, and gives the functions that it defines. */
export function evaluate({ code, name = "script" }) {
  if (known?.code === code) return known.task;
  // Before the script's first line there is as much as there is room for on that line.
  const head = `"use strict"; `;
  const tail = `\n; ({ ${NAMES.map((one) => `${one}: typeof ${one} === "undefined" ? undefined : ${one}`).join(", ")} })`;
  locateWith((file, line) => (file === "<input>" || file === "<eval>" || file === "<evalScript>" ? { file: name, line } : null));
  globalThis.bubbles = bubbles;
  let task;
  try {
    task = (0, eval)(head + plainScript(code) + tail);
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable(error, name, code) : error;
  }
  known = { code, task };
  return task;
}

// `import` and `export` belong to modules; the interpreter runs plain scripts, line for line the same.
function plainScript(code) {
  return code
    .replace(/^([ \t]*)import\s*\{([^}]*)\}\s*from\s*["']bubbles["'];?/gm, (_all, space, names) => `${space}const {${names.replace(/\bas\b/g, ":")}} = bubbles;`)
    .replace(/^([ \t]*)import\s*\*\s*as\s+(\w+)\s+from\s*["']bubbles["'];?/gm, "$1const $2 = bubbles;")
    .replace(/^([ \t]*)export\s+(?=(async\s+)?function|class|const|let|var)/gm, "$1");
}

function unreadable(error, name, code) {
  const line = Number(/:(\d+)/.exec(error.stack ?? "")?.[1] ?? 0);
  const text = code.split("\n")[line - 1];
  return new bubbles.Fatal(`${name}:${line || "?"}: ${error.message}${text ? `\n    ${text.trim()}` : ""}`);
}
