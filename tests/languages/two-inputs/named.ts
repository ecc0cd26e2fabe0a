// Gives each flight the name of its airline: the first input has the airlines, the second the flights.
export const about = { summary: "gives each flight the name of its airline" };

type Airline = { carrier: string; name: string };
type Flight = { carrier: string; flight: number };

const names = new Map<string, string>();

export function transform(row: Airline | Flight, config: object, input: number) {
  if ("flight" in row && input === 1) return { flight: row.flight, airline: names.get(row.carrier) ?? null };
  if ("name" in row) names.set(row.carrier, row.name);
}
