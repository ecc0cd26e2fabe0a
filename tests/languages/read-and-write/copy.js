// Reads lines of text files, a split each, and writes them to one file a split, published at the end.
import { log, objects } from "bubbles";

export const about = { summary: "reads and writes lines of text" };
export const config = { path: "string" };

// The bookmark is the last file that was read: only files after it are new.
export function plan(config, bookmark) {
  const found = objects.find(config.path).filter((object) => bookmark === null || object.url > bookmark);
  return {
    splits: found.map((object) => ({ url: object.url, bytes: object.size })),
    bookmark: found.at(-1)?.url ?? bookmark,
  };
}

export function* extract(split, config, context) {
  log.info(`split ${context.split} of ${context.splits} has ${split.bytes} bytes`);
  const lines = objects.readText(split.url).replace(/\n$/, "").split("\n");
  for (const [index, text] of lines.entries()) yield { number: index + 1, text };
}

let staged;

export function open(config, context) {
  staged = objects.stage(`${config.path}${String(context.split).padStart(5, "0")}.txt`);
}

export function load(line) {
  staged.write(`${line.number} ${line.text}\n`);
}

export const prepare = () => [...staged.finish()];
export const commit = (receipts) => receipts.forEach((one) => objects.publish(Uint8Array.from(one)));
export const abort = (receipts) => receipts.forEach((one) => objects.discard(Uint8Array.from(one)));
