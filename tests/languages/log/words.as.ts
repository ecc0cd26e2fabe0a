// Hands on the names of airlines, and says something at each level of some of them.
import { Level, log, Output, Row, transform } from "bubbles/assembly";
export * from "bubbles/assembly/exports";

transform("says something of some airlines", `{"type":"object"}`, (airline: Row, _config: Row): void => {
  const carrier = airline.text("carrier");
  const name = airline.text("name");
  if (carrier == "AA") log(Level.Debug, name + " is there");
  if (carrier == "B6") log(Level.Info, name + ' is "blue"');
  if (carrier == "F9") log(Level.Warn, name + " is cold\nand far");
  if (carrier == "HA") log(Level.Error, name + " is wet – é€😀");
  new Output().str("name", name).emit();
});
