// Numbers the flights, and stumbles in the middle at its first attempt.
import { Transient } from "bubbles";

export const about = { summary: "stumbles at its first attempt" };

let number = 0;
let attempt: number;

export function open(config: object, context: { attempt: number }): void {
  ({ attempt } = context);
}

export function transform({ flight }: { flight: number }) {
  if (++number === 20000 && attempt === 1) throw new Transient("not today");
  return { number, flight, attempt };
}
