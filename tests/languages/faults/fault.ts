// Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.
import { Fatal, Invalid, log, Reject, Transient } from "bubbles";

export const about = { summary: "has trouble with the third flight" };
export const config = { fault: "string" };

let count = 0;

export function transform({ carrier, flight }: { carrier: string; flight: number }, { fault }: { fault: string }) {
  if (++count !== 3) return { carrier, flight };
  log.warn("the third flight");
  if (fault === "reject") throw new Reject("it is the third");
  if (fault === "invalid") throw new Invalid("the third is bad");
  if (fault === "transient") throw new Transient("the third is not there yet");
  if (fault === "fatal") throw new Fatal("the third is too much");
  // What stands nearest to a crash: there is no memory left.
  for (const all: Uint8Array[] = []; ; ) all.push(new Uint8Array(16 << 20));
}
