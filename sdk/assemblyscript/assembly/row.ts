// A row that was read: a line of JSON, looked at field by field.

const QUOTE: u8 = 0x22, BACKSLASH: u8 = 0x5c;
const MAX_FIELDS = 256;

/** One row; good until the function returns. */
export class Row {
  start: usize = 0;
  end: usize = 0;
  count: i32 = 0;
  /** What is wrong with the row: a field that was asked for is not there, or of another type. */
  wrong: string = "";
  private next: i32 = 0;
  // For each field: where its name and its value begin and end.
  private places: StaticArray<usize> = new StaticArray<usize>(MAX_FIELDS * 4);

  /** Finds the fields of an object. */
  read(start: usize, end: usize): bool {
    this.start = start;
    this.end = end;
    this.count = this.next = 0;
    this.wrong = "";
    let at = space(start, end);
    if (at >= end || load<u8>(at) != 0x7b) return false;
    at = space(at + 1, end);
    if (at < end && load<u8>(at) == 0x7d) return space(at + 1, end) == end;
    while (at < end && this.count < MAX_FIELDS) {
      const name = at;
      at = skip(at, end);
      if (!at || load<u8>(name) != QUOTE) return false;
      const nameEnd = at;
      at = space(at, end);
      if (at >= end || load<u8>(at) != 0x3a) return false;
      const value = space(at + 1, end);
      at = skip(value, end);
      if (!at) return false;
      const place = this.count++ * 4;
      unchecked(this.places[place] = name + 1);
      unchecked(this.places[place + 1] = nameEnd - 1);
      unchecked(this.places[place + 2] = value);
      unchecked(this.places[place + 3] = at);
      at = space(at, end);
      if (at >= end) return false;
      const separator = load<u8>(at);
      if (separator == 0x7d) return space(at + 1, end) == end;
      if (separator != 0x2c) return false;
      at = space(at + 1, end);
    }
    return false;
  }

  // Rows have their fields in one order, so the search goes on from where the last one was.
  private find(name: string): i32 {
    for (let i = 0; i < this.count; i++) {
      let at = this.next + i;
      if (at >= this.count) at -= this.count;
      const start = unchecked(this.places[at * 4]);
      if (unchecked(this.places[at * 4 + 1]) - start != <usize>name.length) continue;
      let same = true;
      for (let j = 0; j < name.length && same; j++) same = <i32>load<u8>(start + j) == name.charCodeAt(j);
      if (same) {
        this.next = at + 1;
        return at;
      }
    }
    return -1;
  }

  /** Whether the field is missing or null. */
  isNull(name: string): bool {
    const at = this.find(name);
    return at < 0 || load<u8>(unchecked(this.places[at * 4 + 2])) == 0x6e;
  }

  /** A field's value as the JSON that it is. */
  json(name: string): string {
    const at = this.find(name);
    if (at < 0) {
      this.wrong = "`" + name + "`: missing";
      return "";
    }
    const start = unchecked(this.places[at * 4 + 2]);
    return String.UTF8.decodeUnsafe(start, unchecked(this.places[at * 4 + 3]) - start);
  }

  text(name: string): string {
    const json = this.json(name);
    if (!json.startsWith('"')) {
      if (!this.wrong) this.wrong = "`" + name + "`: not text";
      return "";
    }
    return json.includes("\\") ? unescape(json) : json.substring(1, json.length - 1);
  }

  f64(name: string): f64 {
    const value = F64.parseFloat(this.json(name));
    if (isNaN(value) && !this.wrong) this.wrong = "`" + name + "`: not a number";
    return value;
  }

  i64(name: string): i64 {
    const json = this.json(name);
    const first = json.length ? json.charCodeAt(0) : 0;
    const isNumber = first == 0x2d || (first >= 0x30 && first <= 0x39);
    if ((!isNumber || json.includes(".") || json.includes("e")) && !this.wrong) this.wrong = "`" + name + "`: not a whole number";
    return isNumber ? I64.parseInt(json) : 0;
  }
}

function space(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) <= 0x20) at++;
  return at;
}

// Passes over a value; 0 if it does not end.
function skip(at: usize, end: usize): usize {
  let depth = 0;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte == QUOTE) {
      for (at++; at < end && load<u8>(at) != QUOTE; at++) if (load<u8>(at) == BACKSLASH) at++;
      if (at >= end) return 0;
      at++;
      if (!depth) return at;
    } else if (byte == 0x7b || byte == 0x5b) {
      depth++;
      at++;
    } else if (byte == 0x7d || byte == 0x5d) {
      if (!depth) return at;
      at++;
      if (!--depth) return at;
    } else if (!depth && (byte == 0x2c || byte <= 0x20)) {
      return at;
    } else {
      at++;
    }
  }
  return depth ? 0 : at;
}

function unescape(json: string): string {
  let text = "";
  for (let i = 1; i < json.length - 1; i++) {
    let code = json.charCodeAt(i);
    if (code == BACKSLASH) {
      code = json.charCodeAt(++i);
      if (code == 0x75) {
        code = <i32>I32.parseInt(json.substring(i + 1, i + 5), 16);
        i += 4;
      } else if (code == 0x6e) code = 0x0a;
      else if (code == 0x72) code = 0x0d;
      else if (code == 0x74) code = 0x09;
      else if (code == 0x62) code = 0x08;
      else if (code == 0x66) code = 0x0c;
    }
    text += String.fromCharCode(code);
  }
  return text;
}
