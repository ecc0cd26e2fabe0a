// A float as the fewest digits that read back as the same float, as the language's own `toString` does
// not always find them: Steele and White's algorithm, for floats of which 64 bits hold all that it needs.

/** Text of a finite float. */
export function shortest(value: f64): string {
  const size = abs(value);
  const bits = reinterpret<u64>(size);
  const mantissa = bits & 0xfffffffffffff;
  // Below a 64th there are too many bits, and from 2^53 on no fraction; a power of two has uneven neighbours.
  if (!(size >= 0.015625 && size < 9007199254740992) || !mantissa) return value.toString();
  const places = 1075 - (bits >> 52); // of the fraction, in bits
  const whole = <u64>size;
  const one: u64 = 1 << (places + 1);
  // Twice the fraction, so that half of the last bit is 1.
  let rest: u64 = ((mantissa | 0x10000000000000) << 1) & (one - 1);
  let reach: u64 = 1;
  const isEven = !(mantissa & 1);
  let text = (value < 0 ? "-" : "") + whole.toString() + ".";
  if (!rest) return text + "0";
  while (true) {
    rest *= 10;
    reach *= 10;
    const digit = rest >> (places + 1);
    rest &= one - 1;
    const down = rest < reach || (isEven && rest == reach);
    const up = rest + reach > one || (isEven && rest + reach == one);
    if (!down && !up) {
      text += digit.toString();
      continue;
    }
    const half = one >> 1;
    const rounds = up && (!down || rest > half || (rest == half && (digit & 1) == 1));
    return text + (digit + u64(rounds)).toString();
  }
}
