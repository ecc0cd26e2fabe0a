// Keeps the flights that came in late, and says how late and how fast they were.

interface Config {
  minutes: number;
}

interface Flight {
  year: number;
  month: number;
  day: number;
  carrier: string;
  flight: number;
  origin: string;
  dest: string;
  arr_delay: number | null;
  air_time: number | null;
  distance: number;
}

interface Late {
  date: string;
  carrier: string;
  flight: number;
  route: string;
  arr_delay: number;
  delay: "short" | "long" | "very long";
  miles_a_minute: number | null;
}

export const about = { summary: "keeps the late flights" };
export const config = { minutes: "number" };

const classOf = (minutes: number) => (minutes < 120 ? "short" : minutes < 300 ? "long" : "very long");
const digits = (number: number, width: number) => String(number).padStart(width, "0");

export function transform(flight: Flight, { minutes }: Config): Late | null {
  if (flight.arr_delay === null || flight.arr_delay <= minutes) return null;
  return {
    date: `${digits(flight.year, 4)}-${digits(flight.month, 2)}-${digits(flight.day, 2)}`,
    carrier: flight.carrier,
    flight: flight.flight,
    route: `${flight.origin}-${flight.dest}`,
    arr_delay: flight.arr_delay,
    delay: classOf(flight.arr_delay),
    // Half a mile is added so that no language writes the quotient as a whole number.
    miles_a_minute: flight.air_time === null ? null : (flight.distance + 0.5) / flight.air_time,
  };
}
