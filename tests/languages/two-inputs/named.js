// Gives each flight the name of its airline: the first input has the airlines, the second the flights.
export const about = { summary: "gives each flight the name of its airline" };

const names = new Map();

export function transform(row, config, input) {
  if (input === 1) return { flight: row.flight, airline: names.get(row.carrier) ?? null };
  names.set(row.carrier, row.name);
}
