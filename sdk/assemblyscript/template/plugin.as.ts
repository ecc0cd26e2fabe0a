// A plugin for Bubbles: keeps the warm readings, and adds a column.
import { Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

// What `config` in the pipeline holds, as JSON Schema.
const SCHEMA = `{"type":"object","properties":{"warm":{"type":"number"}},"required":["warm"]}`;

// An `Output` for each row out. `reject("why")` puts the row aside.
transform("keeps the warm readings, in Fahrenheit too", SCHEMA, (reading: Row, config: Row): void => {
  if (reading.isNull("celsius")) return;
  const celsius = reading.f64("celsius");
  if (celsius < config.f64("warm")) return;
  new Output()
    .str("sensor", reading.text("sensor"))
    .f64("celsius", celsius)
    .f64("fahrenheit", (celsius * 9) / 5 + 32)
    .emit();
});
