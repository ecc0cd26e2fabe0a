// Writes how many rows there were, a file a split. It ends each job at the second try alone: all that the first try
// does is done again.
import { Fatal, log, objects, Transient } from "bubbles";

export const about = { summary: "writes how many rows there were" };
export const config = { path: "string", fails: "boolean" };

type Config = { path: string; fails: boolean };

let staged: { write(data: string | Uint8Array): void; finish(): Uint8Array };
let rows = 0;

export function open({ path, fails }: Config, { split }: { split: number }): void {
  if (fails) throw new Fatal("there is no room for all");
  staged = objects.stage(`${path}${split}.txt`);
}

export function load(): void {
  rows++;
}

export function prepare(): number[] {
  staged.write(`${rows} rows\n`);
  return [...staged.finish()];
}

export function commit(receipts: number[][], config: Config): void {
  for (const receipt of receipts) objects.publish(Uint8Array.from(receipt));
  atTheSecondTry(config, "committed");
}

export function abort(receipts: number[][], config: Config): void {
  for (const receipt of receipts) objects.discard(Uint8Array.from(receipt));
  atTheSecondTry(config, "aborted");
}

// An object tells the second try from the first.
function atTheSecondTry({ path }: Config, done: string): void {
  const tried = `${path}tried`;
  if (objects.find(tried).length === 0) {
    objects.publish(objects.stage(tried).finish());
    throw new Transient(`${done} once`);
  }
  objects.remove(tried);
  log.warn(`${done} twice`);
}
