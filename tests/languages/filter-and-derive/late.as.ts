// Keeps the flights that came in late, and says how late and how fast they were.
import { Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

const SCHEMA = `{"type":"object","properties":{"minutes":{"type":"number"}},"required":["minutes"]}`;

transform("keeps the late flights", SCHEMA, (flight: Row, config: Row): void => {
  if (flight.isNull("arr_delay")) return;
  const minutes = flight.i64("arr_delay");
  if (<f64>minutes <= config.f64("minutes")) return;
  const date = digits(flight.i64("year"), 4) + "-" + digits(flight.i64("month"), 2) + "-" + digits(flight.i64("day"), 2);
  const out = new Output()
    .str("date", date)
    .str("carrier", flight.text("carrier"))
    .i64("flight", flight.i64("flight"))
    .str("route", flight.text("origin") + "-" + flight.text("dest"))
    .i64("arr_delay", minutes)
    .str("delay", minutes < 120 ? "short" : minutes < 300 ? "long" : "very long");
  // Half a mile is added so that no language writes the quotient as a whole number.
  if (flight.isNull("air_time")) out.none("miles_a_minute");
  else out.f64("miles_a_minute", (<f64>flight.i64("distance") + 0.5) / <f64>flight.i64("air_time"));
  out.emit();
});

function digits(number: i64, width: i32): string {
  return number.toString().padStart(width, "0");
}
