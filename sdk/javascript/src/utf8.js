// Text and its bytes, as QuickJS has neither TextDecoder nor TextEncoder.

const PIECE = 8192;

/** Bytes in UTF-8 as text. */
export function decodeUtf8(bytes) {
  const text = asciiOrBytes(bytes);
  return isAscii(bytes) ? text : decodeWide(text);
}

/** Whether all bytes are ASCII: four of them at a time. */
export function isAscii(bytes) {
  const start = (4 - (bytes.byteOffset & 3)) & 3;
  const words = bytes.length > start ? (bytes.length - start) >> 2 : 0;
  let seen = 0;
  const view = new Int32Array(bytes.buffer, words ? bytes.byteOffset + start : 0, words);
  for (let i = 0; i < words; i++) seen |= view[i];
  if (seen & 0x80808080) return false;
  for (let i = 0; i < start && i < bytes.length; i++) seen |= bytes[i];
  for (let i = start + words * 4; i < bytes.length; i++) seen |= bytes[i];
  return (seen & 0x80) === 0;
}

/** Bytes as text of which every character is a byte. */
export function asciiOrBytes(bytes) {
  if (bytes.length <= PIECE) return String.fromCharCode.apply(null, bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + PIECE));
  }
  return text;
}

/** Text from text of which every character is a byte. */
export function decodeWide(text) {
  return text.replace(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g, (unit) => {
    const [a, b, c, d] = [unit.charCodeAt(0), unit.charCodeAt(1) & 63, unit.charCodeAt(2) & 63, unit.charCodeAt(3) & 63];
    if (unit.length === 2) return String.fromCharCode(((a & 31) << 6) | b);
    if (unit.length === 3) return String.fromCharCode(((a & 15) << 12) | (b << 6) | c);
    if (unit.length === 4) return String.fromCodePoint(Math.min(0x10ffff, ((a & 7) << 18) | (b << 12) | (c << 6) | d));
    return "\ufffd";
  });
}

/** Text as bytes in UTF-8. */
export function encodeUtf8(text) {
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[size++] = point;
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      point = text.codePointAt(i);
      if (point > 0xffff) i++;
      else point = 0xfffd;
    }
    if (point < 0x800) {
      bytes[size++] = 0xc0 | (point >> 6);
    } else {
      if (point < 0x10000) {
        bytes[size++] = 0xe0 | (point >> 12);
      } else {
        bytes[size++] = 0xf0 | (point >> 18);
        bytes[size++] = 0x80 | ((point >> 12) & 63);
      }
      bytes[size++] = 0x80 | ((point >> 6) & 63);
    }
    bytes[size++] = 0x80 | (point & 63);
  }
  return bytes.slice(0, size);
}
