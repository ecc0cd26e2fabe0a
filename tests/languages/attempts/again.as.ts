// Numbers the flights, and stumbles in the middle at its first attempt.
import { context, Output, Row, transform, transient } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

let number = 0;

transform("stumbles at its first attempt", `{"type":"object"}`, (flight: Row, _config: Row): void => {
  const attempt = context().attempt;
  if (++number == 20000 && attempt == 1) return transient("not today");
  new Output().i64("number", number).i64("flight", flight.i64("flight")).i64("attempt", attempt).emit();
});
