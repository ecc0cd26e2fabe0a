// As much of the flatbuffer format as arrow's metadata needs.

/** A table: its fields by number, with what stands for one that is left out. */
export class Table {
  constructor(view, at) {
    this.view = view;
    this.at = at;
    this.fields = at - view.getInt32(at, true);
    this.size = view.getUint16(this.fields, true);
  }
  static root(view, at) {
    return new Table(view, at + view.getUint32(at, true));
  }
  #place(field) {
    const slot = 4 + field * 2;
    const offset = slot < this.size ? this.view.getUint16(this.fields + slot, true) : 0;
    return offset === 0 ? 0 : this.at + offset;
  }
  #to(place) {
    return place + this.view.getUint32(place, true);
  }
  u8(field, absent = 0) {
    const at = this.#place(field);
    return at ? this.view.getUint8(at) : absent;
  }
  i16(field, absent = 0) {
    const at = this.#place(field);
    return at ? this.view.getInt16(at, true) : absent;
  }
  i32(field, absent = 0) {
    const at = this.#place(field);
    return at ? this.view.getInt32(at, true) : absent;
  }
  i64(field, absent = 0) {
    const at = this.#place(field);
    return at ? wide(this.view, at) : absent;
  }
  table(field) {
    const at = this.#place(field);
    return at ? new Table(this.view, this.#to(at)) : null;
  }
  text(field) {
    const at = this.#place(field);
    if (!at) return null;
    const start = this.#to(at);
    const size = this.view.getUint32(start, true);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start + 4, size);
  }
  /** Where the items of a vector begin, and how many there are. */
  vector(field) {
    const at = this.#place(field);
    if (!at) return { start: 0, count: 0 };
    const start = this.#to(at);
    return { start: start + 4, count: this.view.getUint32(start, true) };
  }
  tables(field) {
    const { start, count } = this.vector(field);
    return Array.from({ length: count }, (_, i) => new Table(this.view, this.#to(start + i * 4)));
  }
}

/** 64 bits as a number, exact up to 2^53. */
export const wide = (view, at) => view.getUint32(at, true) + view.getInt32(at + 4, true) * 4294967296;
