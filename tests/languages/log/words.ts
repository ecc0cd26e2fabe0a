// Hands on the names of airlines, and says something at each level of some of them.
import { log } from "bubbles";

export const about = { summary: "says something of some airlines" };

export function transform({ carrier, name }: { carrier: string; name: string }) {
  if (carrier === "AA") log.debug(name, "is there");
  if (carrier === "B6") log.info(name, 'is "blue"');
  if (carrier === "F9") log.warn(`${name} is cold\nand far`);
  if (carrier === "HA") log.error(name, "is wet – é€😀");
  return { name };
}
