// A script's text to what it defines, with its own lines in errors.
import * as bubbles from "bubbles";
import { locateWith } from "../src/errors.js";

const NAMES = ["plan", "extract", "transform", "open", "chunk", "finish", "load", "prepare", "commit", "abort"];

// Before the script's first line there is as much as there is room for on that line.
const HEAD = `"use strict"; `;

let known = null;

/** Runs a script once, and gives the functions that it defines. */
export function evaluate({ code, file = "script" }) {
  if (known?.code === code) return known.task;
  locateWith((from, line) => (from === "<input>" || from === "<eval>" || from === "<evalScript>" ? { file, line } : null));
  const defined = NAMES.map((one) => `${one}: typeof ${one} === "undefined" ? undefined : ${one}`);
  const task = run(HEAD, code, `({ ${defined.join(", ")} })`, file);
  for (const name of ["extract", "transform", "finish"]) {
    const given = task[name];
    if (typeof given === "function") task[name] = (...values) => rows(name, given(...values));
  }
  known = { code, task };
  return task;
}

// What is no row would be written as JSON has it, a promise as an empty object.
function rows(name, given) {
  const isPromise = given instanceof Promise;
  if (given === null || given === undefined || (typeof given === "object" && !isPromise)) return given;
  const what = isPromise ? "a promise, and nothing waits here" : `a ${typeof given}`;
  throw new TypeError(`${name}() returned ${what}: a row is an object; return one, nothing, or several in an array`);
}

/** Compiles a script, of which nothing runs, and says whether it seems to define one of some functions. */
export function mayDefine({ code, file = "script" }, names) {
  // It ends before it begins: with functions that look what there is by then.
  const looks = names.map((one) => `() => typeof ${one}`).join(", ");
  try {
    run(`${HEAD}throw [${looks}]; `, code, "0", file);
  } catch (found) {
    if (!Array.isArray(found)) throw found;
    return names.some((name, at) => isThere(name, found[at], code));
  }
}

/** That it has no such function, but others. */
export function lacks({ code, file = "script" }, names) {
  const there = [...code.matchAll(/^(?:export\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)/gm)].map((found) => found[1]);
  const wanted = names.map((name) => `${name}()`).join(" or ");
  return new bubbles.Fatal(`${file} has no function ${wanted}: it has ${there.join(", ") || "no functions"}`);
}

function isThere(name, look, code) {
  try {
    // A function is there from the start, a variable when the script gets to it.
    return look() === "function" || new RegExp(`\\b${name}\\s*=[^=]`).test(code);
  } catch {
    // A constant or class that is not made yet.
    return true;
  }
}

function run(head, code, tail, file) {
  globalThis.bubbles = bubbles;
  try {
    return (0, eval)(`${head}${plainScript(code)}\n; ${tail}`);
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable(error, file, code, head.length) : error;
  }
}

// `import` and `export` belong to modules; the interpreter runs plain scripts, line for line the same.
function plainScript(code) {
  return code
    .replace(/^([ \t]*)import\s*\{([^}]*)\}\s*from\s*["']bubbles["'];?/gm, (_all, space, names) => `${space}const {${names.replace(/\bas\b/g, ":")}} = bubbles;`)
    .replace(/^([ \t]*)import\s*\*\s*as\s+(\w+)\s+from\s*["']bubbles["'];?/gm, "$1const $2 = bubbles;")
    .replace(/^([ \t]*)export\s+(?=(async\s+)?function|class|const|let|var)/gm, "$1");
}

function unreadable(error, file, code, before) {
  const [line, column] = (/:(\d+)(?::(\d+))?/.exec(error.stack ?? "") ?? []).slice(1).map(Number);
  const lines = code.trimEnd().split("\n");
  const text = lines[line - 1];
  if (text === undefined) return new bubbles.Fatal(`${file}:${lines.length}: it ends in the middle: something is not closed\n    ${lines.at(-1)}`);
  const message = /^\s*import\b/.test(text) ? `only "bubbles" can be imported here: bundle the rest into the script` : error.message;
  const at = column - 1 - (line === 1 ? before : 0);
  const caret = at >= 0 && text.trim() !== "" ? `\n    ${text.slice(0, at).replace(/\S/g, " ")}^` : "";
  return new bubbles.Fatal(`${file}:${line}: ${message}\n    ${text}${caret}`);
}
