// Dates and times as RFC 3339 has them.

const PER_SECOND = [1, 1e3, 1e6, 1e9];
const two = (number) => (number < 10 ? `0${number}` : `${number}`);

/** Of days since 1970. */
export function dateText(days) {
  // After Hinnant, "chrono-Compatible Low-Level Date Algorithms": years that begin in March.
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const day = shifted - era * 146097;
  const year = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36524) - Math.floor(day / 146096)) / 365);
  const rest = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * rest + 2) / 153);
  const calendarMonth = month < 10 ? month + 3 : month - 9;
  const calendarYear = year + era * 400 + (calendarMonth <= 2 ? 1 : 0);
  return `${String(calendarYear).padStart(4, "0")}-${two(calendarMonth)}-${two(rest - Math.floor((153 * month + 2) / 5) + 1)}`;
}

/** Of seconds, or thousandths and so on of them, since 1970. */
export function timestampText(value, unit, zone) {
  const seconds = Math.floor(value / PER_SECOND[unit]);
  const part = value - seconds * PER_SECOND[unit];
  const days = Math.floor(seconds / 86400);
  const second = seconds - days * 86400;
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  let fraction = "";
  if (part > 0) {
    fraction = String(part).padStart(unit * 3, "0");
    while (fraction.endsWith("000")) fraction = fraction.slice(0, -3);
    fraction = `.${fraction}`;
  }
  return `${dateText(days)}T${clock}${fraction}${zone}`;
}
