// Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.
import { fatal, invalid, Level, log, Output, reject, Row, transform, transient } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

const SCHEMA = `{"type":"object","properties":{"fault":{"type":"string"}},"required":["fault"]}`;

let count = 0;

transform("has trouble with the third flight", SCHEMA, (flight: Row, config: Row): void => {
  if (++count != 3) {
    new Output().str("carrier", flight.text("carrier")).i64("flight", flight.i64("flight")).emit();
    return;
  }
  log(Level.Warn, "the third flight");
  const fault = config.text("fault");
  if (fault == "reject") reject("it is the third");
  else if (fault == "invalid") invalid("the third is bad");
  else if (fault == "transient") transient("the third is not there yet");
  else if (fault == "fatal") fatal("the third is too much");
  else throw new Error("the third is the last");
});
