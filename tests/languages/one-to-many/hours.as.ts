// Gives a row for each hour that a flight came in late, begun ones too: none, one or many.
import { Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

transform("gives a row for each hour of delay", `{"type":"object"}`, (flight: Row, _config: Row): void => {
  if (flight.isNull("arr_delay")) return;
  const carrier = flight.text("carrier");
  const number = flight.i64("flight");
  let hour = 1;
  for (let left = flight.i64("arr_delay"); left > 0; left -= 60) {
    new Output().str("carrier", carrier).i64("flight", number).i64("hour", hour++).i64("minutes", min(left, 60)).emit();
  }
});
