// Gives a row for each hour that a flight came in late, begun ones too: none, one or many.
export const about = { summary: "gives a row for each hour of delay" };

type Flight = { carrier: string; flight: number; arr_delay: number | null };

export function* transform({ carrier, flight, arr_delay }: Flight) {
  for (let hour = 1, left = arr_delay ?? 0; left > 0; left -= 60) {
    yield { carrier, flight, hour: hour++, minutes: Math.min(left, 60) };
  }
}
