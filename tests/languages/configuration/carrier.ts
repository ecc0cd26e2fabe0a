// Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.
export const about = { summary: "keeps the flights of one carrier" };
export const config = { carrier: "string", miles: "number?" };

type Config = { carrier: string; miles?: number };
type Flight = { carrier: string; flight: number; day: number; distance: number };

export function transform({ carrier, flight, day, distance }: Flight, { carrier: wanted, miles = 0 }: Config) {
  return carrier === wanted && distance >= miles ? { flight, day } : null;
}
