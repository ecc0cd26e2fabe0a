// From a line of the bundle to a line of the author's own file.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** `mappings` and `sources` of a source map; lines of other files give nothing. */
export function lookup(mappings, sources) {
  return (_file, line, column) => {
    const state = [0, 0, 0, 0]; // column, source, line, column there
    let found = null;
    const lines = mappings.split(";");
    for (let at = 0; at < line && at < lines.length; at++) {
      state[0] = 0;
      for (const segment of lines[at] === "" ? [] : lines[at].split(",")) {
        const deltas = decode(segment);
        for (let i = 0; i < deltas.length && i < 4; i++) state[i] += deltas[i];
        if (at === line - 1 && (found === null || state[0] < column)) {
          found = { file: sources[state[1]], line: state[2] + 1 };
        }
      }
    }
    return found?.file ? found : null;
  };
}

function decode(segment) {
  const values = [];
  let value = 0, shift = 0;
  for (const char of segment) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
      continue;
    }
    values.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return values;
}
