// Hands on the names of airlines, and prints some of them.
export const about = { summary: "prints some airlines" };

export function transform({ carrier, name }: { carrier: string; name: string }) {
  if (carrier === "AA") console.log(name);
  if (carrier === "HA") console.error(name);
  return { name };
}
