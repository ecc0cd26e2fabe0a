// Counts the flights of each carrier, and tells how late they were and how far they went.
import { finish, Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

class Carrier {
  flights: i64 = 0;
  arrived: i64 = 0;
  minutesLate: i64 = 0;
  farthest: i64 = 0;
}

const groups = new Map<string, Carrier>();

transform("counts the flights of each carrier", `{"type":"object"}`, (flight: Row, _config: Row): void => {
  const name = flight.text("carrier");
  if (!groups.has(name)) groups.set(name, new Carrier());
  const group = groups.get(name);
  group.flights++;
  if (!flight.isNull("arr_delay")) {
    group.arrived++;
    group.minutesLate += flight.i64("arr_delay");
  }
  group.farthest = max(group.farthest, flight.i64("distance"));
});

finish((_config: Row): void => {
  const names = groups.keys().sort();
  for (let i = 0; i < names.length; i++) {
    const group = groups.get(names[i]);
    new Output()
      .str("carrier", names[i])
      .i64("flights", group.flights)
      .i64("arrived", group.arrived)
      .i64("minutes_late", group.minutesLate)
      .i64("farthest", group.farthest)
      .emit();
  }
});
