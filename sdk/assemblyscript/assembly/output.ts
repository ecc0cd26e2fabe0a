// Rows on their way out: text that grows until it is a chunk.
import { emit } from "./host";
import { shortest } from "./number";

const CHUNK_BYTES: usize = 512 << 10;

let data: usize = 0, size: usize = 0, room: usize = 0;

function add(text: string): void {
  const bytes = String.UTF8.byteLength(text);
  if (size + bytes > room) {
    room = max(room * 2, size + bytes + 4096);
    data = data ? heap.realloc(data, room) : heap.alloc(room);
  }
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, data + size);
  size += bytes;
}

/** Hands on the rows that wait. */
export function flush(): void {
  if (size) emit(data, size);
  size = 0;
}

/** One row in the making: its fields in order, then `emit`. */
export class Output {
  private text: string = "";

  private name(name: string): void {
    this.text += (this.text.length ? "," : "{") + quoted(name) + ":";
  }
  json(name: string, value: string): this {
    this.name(name);
    this.text += value;
    return this;
  }
  str(name: string, value: string): this {
    return this.json(name, quoted(value));
  }
  i64(name: string, value: i64): this {
    return this.json(name, value.toString());
  }
  f64(name: string, value: f64): this {
    return this.json(name, isFinite(value) ? shortest(value) : "null");
  }
  bool(name: string, value: bool): this {
    return this.json(name, value ? "true" : "false");
  }
  none(name: string): this {
    return this.json(name, "null");
  }
  emit(): void {
    add((this.text.length ? this.text : "{") + "}\n");
    if (size >= CHUNK_BYTES) flush();
  }
}

function quoted(text: string): string {
  let isPlain = true;
  for (let i = 0; i < text.length && isPlain; i++) {
    const code = text.charCodeAt(i);
    isPlain = code >= 0x20 && code != 0x22 && code != 0x5c;
  }
  if (isPlain) return '"' + text + '"';
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) out += "\\" + String.fromCharCode(code);
    else if (code < 0x20) out += "\\u" + code.toString(16).padStart(4, "0");
    else out += String.fromCharCode(code);
  }
  return out + '"';
}
