// Counts the flights of each carrier, and tells how late they were and how far they went.
export const about = { summary: "counts the flights of each carrier" };

type Flight = { carrier: string; arr_delay: number | null; distance: number };
type Carrier = { carrier: string; flights: number; arrived: number; minutes_late: number; farthest: number };

const groups = new Map<string, Carrier>();

export function transform({ carrier, arr_delay, distance }: Flight): void {
  let group = groups.get(carrier);
  if (!group) groups.set(carrier, (group = { carrier, flights: 0, arrived: 0, minutes_late: 0, farthest: 0 }));
  group.flights++;
  group.arrived += arr_delay === null ? 0 : 1;
  group.minutes_late += arr_delay ?? 0;
  group.farthest = Math.max(group.farthest, distance);
}

export const finish = (): Carrier[] => [...groups.keys()].sort().map((carrier) => groups.get(carrier)!);
