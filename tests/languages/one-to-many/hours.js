// Gives a row for each hour that a flight came in late, begun ones too: none, one or many.
export const about = { summary: "gives a row for each hour of delay" };

export function* transform({ carrier, flight, arr_delay }) {
  for (let hour = 1, left = arr_delay; left > 0; left -= 60) {
    yield { carrier, flight, hour: hour++, minutes: Math.min(left, 60) };
  }
}
