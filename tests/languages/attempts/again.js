// Numbers the flights, and stumbles in the middle at its first attempt.
import { Transient } from "bubbles";

export const about = { summary: "stumbles at its first attempt" };

let number = 0;
let attempt;

export function open(config, context) {
  ({ attempt } = context);
}

export function transform({ flight }) {
  if (++number === 20000 && attempt === 1) throw new Transient("not today");
  return { number, flight, attempt };
}
