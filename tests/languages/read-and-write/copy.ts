// Reads lines of text files, a split each, and writes them to one file a split, published at the end.
import { log, objects } from "bubbles";

export const about = { summary: "reads and writes lines of text" };
export const config = { path: "string" };

type Config = { path: string };
type Context = { split: number; splits: number };
type Piece = { url: string; bytes: number };
type Line = { number: number; text: string };

// The bookmark is the last file that was read: only files after it are new.
export function plan(config: Config, bookmark: string | null) {
  const found: { url: string; size: bigint }[] = objects.find(config.path);
  const splits = found.filter((object) => bookmark === null || object.url > bookmark);
  return {
    splits: splits.map((object): Piece => ({ url: object.url, bytes: Number(object.size) })),
    bookmark: splits.at(-1)?.url ?? bookmark,
  };
}

export function* extract(split: Piece, config: Config, context: Context): Generator<Line> {
  log.info(`split ${context.split} of ${context.splits} has ${split.bytes} bytes`);
  const lines: string[] = objects.readText(split.url).replace(/\n$/, "").split("\n");
  for (const [index, text] of lines.entries()) yield { number: index + 1, text };
}

let staged: { write(data: string | Uint8Array): void; finish(): Uint8Array };

export function open(config: Config, context: Context): void {
  staged = objects.stage(`${config.path}${String(context.split).padStart(5, "0")}.txt`);
}

export function load(line: Line): void {
  staged.write(`${line.number} ${line.text}\n`);
}

export const prepare = (): number[] => [...staged.finish()];
export const commit = (receipts: number[][]) => receipts.forEach((one) => objects.publish(Uint8Array.from(one)));
export const abort = (receipts: number[][]) => receipts.forEach((one) => objects.discard(Uint8Array.from(one)));
