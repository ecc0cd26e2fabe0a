// A plugin for Bubbles: keeps the warm readings, and adds a column.

export const about = { summary: "keeps the warm readings, in Fahrenheit too" };

// What `config` in the pipeline holds.
export const config = { warm: "number" };

// One row in; none (`null`), one or many (an array) out. What it throws rejects the row.
export function transform({ sensor, celsius }, { warm }) {
  if (celsius === null || celsius < warm) return null;
  return { sensor, celsius, fahrenheit: (celsius * 9) / 5 + 32 };
}
