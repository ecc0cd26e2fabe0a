// Gives each flight the name of its airline: the first input has the airlines, the second the flights.
import { input, Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

const names = new Map<string, string>();

transform("gives each flight the name of its airline", `{"type":"object"}`, (row: Row, _config: Row): void => {
  const carrier = row.text("carrier");
  if (input() == 0) {
    names.set(carrier, row.text("name"));
    return;
  }
  const out = new Output().i64("flight", row.i64("flight"));
  if (names.has(carrier)) out.str("airline", names.get(carrier));
  else out.none("airline");
  out.emit();
});
