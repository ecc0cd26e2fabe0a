// The values of arrow columns, as JSON has them.
import { Fatal } from "./errors.js";
import { wide } from "./flatbuffer.js";
import { dateText, timestampText } from "./time.js";
import { asciiOrBytes, decodeUtf8, decodeWide, isAscii } from "./utf8.js";

const NULL = 1, INT = 2, FLOAT = 3, UTF8 = 5, BOOL = 6, DATE = 8, TIMESTAMP = 10, LIST = 12, STRUCT = 13;
const LARGE_UTF8 = 20, UTF8_VIEW = 24;

/** An array of values for each field of a batch. */
export function columns(chunk, batch, body, fields, dictionaries) {
  const buffers = new Buffers(chunk, batch, body, dictionaries);
  return fields.map((field) => buffers.column(field));
}

class Buffers {
  constructor(chunk, batch, body, dictionaries) {
    Object.assign(this, { chunk, body, dictionaries, view: batch.view });
    this.nodes = batch.vector(1);
    this.buffers = batch.vector(2);
    this.variadic = batch.vector(4);
    this.node = this.buffer = this.view_columns = 0;
  }

  column(field) {
    const at = this.nodes.start + this.node++ * 16;
    const count = wide(this.view, at);
    const nulls = wide(this.view, at + 8);
    if (field.type === NULL && !field.dictionary) return new Array(count).fill(null);
    const valid = this.bytes();
    const values = field.dictionary ? this.words(field, count) : this.values(field, count);
    if (nulls > 0) {
      for (let i = 0; i < count; i++) if (((valid[i >> 3] >> (i & 7)) & 1) === 0) values[i] = null;
    }
    return values;
  }

  words(field, count) {
    const words = this.dictionaries.get(field.dictionary.id);
    const index = field.dictionary.index;
    return this.integers(count, index?.i32(0) ?? 32, index ? index.u8(1) : 1).map((at) => words[at]);
  }

  values(field, count) {
    const { type, options } = field;
    switch (type) {
      case INT:
        return this.integers(count, options.i32(0), options.u8(1));
      case FLOAT: {
        const precision = options.i16(0);
        if (precision === 0) break;
        return finite(this.numbers(precision === 1 ? Float32Array : Float64Array, count));
      }
      case BOOL: {
        const bits = this.bytes();
        return Array.from({ length: count }, (_, i) => ((bits[i >> 3] >> (i & 7)) & 1) === 1);
      }
      case UTF8:
        return this.texts(this.typed(Int32Array, count ? count + 1 : 0), count);
      case LARGE_UTF8:
        return this.texts(this.integers(count ? count + 1 : 0, 64, 1), count);
      case UTF8_VIEW:
        return this.views(count);
      case DATE:
        return options.i16(0, 1) === 0
          ? remembered(this.integers(count, 32, 1), dateText)
          : this.integers(count, 64, 1).map((ms) => timestampText(ms, 1, ""));
      case TIMESTAMP: {
        const zone = options.text(1) ? asciiOrBytes(options.text(1)) : "";
        if (!["", "UTC", "Z", "+00:00"].includes(zone)) break;
        return remembered(this.integers(count, 64, 1), (at) => timestampText(at, options.i16(0), zone && "Z"));
      }
      case LIST: {
        const offsets = this.typed(Int32Array, count ? count + 1 : 0);
        const items = this.column(field.children[0]);
        return Array.from({ length: count }, (_, i) => items.slice(offsets[i], offsets[i + 1]));
      }
      case STRUCT: {
        const parts = field.children.map((child) => [child.name, this.column(child)]);
        return Array.from({ length: count }, (_, i) => Object.fromEntries(parts.map(([name, values]) => [name, values[i]])));
      }
    }
    throw new Fatal(`column \`${field.name}\` is of an arrow type that is not read here: export about = { accepts: "json" }`);
  }

  /** The next buffer. */
  bytes() {
    const at = this.buffers.start + this.buffer++ * 16;
    const start = this.body + wide(this.view, at);
    return this.chunk.subarray(start, start + wide(this.view, at + 8));
  }

  typed(Type, count) {
    const bytes = this.bytes();
    const whole = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
    return new Type(whole.buffer, whole.byteOffset, count);
  }

  numbers(Type, count) {
    return Array.from(this.typed(Type, count));
  }

  integers(count, width, signed) {
    if (width < 64) {
      const types = signed ? { 8: Int8Array, 16: Int16Array, 32: Int32Array } : { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array };
      return this.numbers(types[width], count);
    }
    const halves = this.typed(Int32Array, count * 2);
    const values = new Array(count);
    for (let i = 0, at = 0; i < count; i++, at += 2) {
      const low = halves[at], high = signed ? halves[at + 1] : halves[at + 1] >>> 0;
      // Most are small; those need no arithmetic in floats.
      values[i] = high === low >> 31 && signed ? low : (low >>> 0) + high * 4294967296;
    }
    return values;
  }

  texts(offsets, count) {
    const bytes = this.bytes();
    const values = new Array(count);
    if (count === 0) return values;
    const first = offsets[0];
    const used = bytes.subarray(first, offsets[count]);
    const all = asciiOrBytes(used);
    const isWide = !isAscii(used);
    for (let i = 0, start = 0; i < count; i++) {
      const end = offsets[i + 1] - first;
      const text = all.substring(start, end);
      values[i] = isWide ? decodeWide(text) : text;
      start = end;
    }
    return values;
  }

  views(count) {
    const views = this.bytes();
    const table = new DataView(views.buffer, views.byteOffset, views.byteLength);
    const more = wide(this.view, this.variadic.start + this.view_columns++ * 8);
    const data = Array.from({ length: more }, () => this.bytes());
    return Array.from({ length: count }, (_, i) => {
      const at = i * 16;
      const size = table.getInt32(at, true);
      const start = table.getInt32(at + 12, true);
      const bytes = size <= 12 ? views.subarray(at + 4, at + 4 + size) : data[table.getInt32(at + 8, true)].subarray(start, start + size);
      return decodeUtf8(bytes);
    });
  }
}

// Times come in order, and the same ones over and over.
function remembered(values, write) {
  const texts = new Map();
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let text = texts.get(value);
    if (text === undefined) texts.set(value, (text = write(value)));
    values[i] = text;
  }
  return values;
}

// JSON knows no others.
function finite(values) {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) values[i] = null;
  return values;
}
