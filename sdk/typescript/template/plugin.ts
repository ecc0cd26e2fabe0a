// A plugin for Bubbles: keeps the warm readings, and adds a column.

export const about = { summary: "keeps the warm readings, in Fahrenheit too" };

// What `config` in the pipeline holds.
export const config = { warm: "number" };

interface Config {
  warm: number;
}

interface Reading {
  sensor: string;
  celsius: number | null;
}

interface Warm {
  sensor: string;
  celsius: number;
  fahrenheit: number;
}

// One row in; none (`null`), one or many (an array) out. What it throws rejects the row.
export function transform({ sensor, celsius }: Reading, { warm }: Config): Warm | null {
  if (celsius === null || celsius < warm) return null;
  return { sensor, celsius, fahrenheit: (celsius * 9) / 5 + 32 };
}
