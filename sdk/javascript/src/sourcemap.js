// From a line of the bundle to a line of the author's own file.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** `mappings` and `sources` of a source map; lines of other files give nothing. */
export function lookup(mappings, sources) {
  let lines = null; // read when first asked for: most runs have no error
  return (_file, line, column) => {
    lines ??= read(mappings);
    let found = null;
    for (const segment of lines[line - 1] ?? []) {
      if (found === null || segment[0] < column) found = segment;
    }
    const file = found && sources[found[1]];
    return file ? { file, line: found[2] + 1 } : null;
  };
}

// For each line its segments: the column, and source and line there.
function read(mappings) {
  let source = 0, line = 0;
  return mappings.split(";").map((text) => {
    let column = 0;
    return text === "" ? [] : text.split(",").map((segment) => {
      const deltas = decode(segment);
      column += deltas[0];
      source += deltas[1] ?? 0;
      line += deltas[2] ?? 0;
      return [column, source, line];
    });
  });
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
