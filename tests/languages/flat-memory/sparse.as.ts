// Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.
import { Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

const SCHEMA = `{"type":"object","properties":{"leaks":{"type":"boolean"}},"required":["leaks"]}`;

const kept: string[] = [];

transform("lets one row of a thousand through", SCHEMA, (row: Row, config: Row): void => {
  const number = row.i64("number");
  const text = row.text("text");
  if (config.json("leaks") == "true" && number % 10 == 0) kept.push(text);
  if (number % 1000 == 0) new Output().i64("number", number).str("text", text).emit();
});
