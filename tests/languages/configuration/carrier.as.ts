// Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.
import { Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

const SCHEMA = `{"type":"object","properties":{"carrier":{"type":"string"},"miles":{"type":"number"}},
  "required":["carrier"],"additionalProperties":false}`;

transform("keeps the flights of one carrier", SCHEMA, (flight: Row, config: Row): void => {
  if (flight.text("carrier") != config.text("carrier")) return;
  const miles = config.isNull("miles") ? 0 : config.f64("miles");
  if (flight.f64("distance") < miles) return;
  new Output().i64("flight", flight.i64("flight")).i64("day", flight.i64("day")).emit();
});
