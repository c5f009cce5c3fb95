const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The largest finite number of float16 (IEEE 754 binary16). */
export const largestHalf = 65_504

/** The bits of a number in float16, rounded to the nearest, ties to even; infinite beyond 65,520. */
export function toHalf(value: number): number {
  float[0] = value
  const sign = (bits[0]! >>> 16) & 0x8000
  const size = bits[0]! & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  if (size >= 0x477ff000) return sign | 0x7c00
  // Below 2^-14 numbers are multiples of 2^-24: the sum with 0.5 leaves exactly these bits, rounded.
  if (size < 0x38800000) {
    float[0] = Math.abs(value) + 0.5
    return sign | (bits[0]! - 0x3f000000)
  }
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
}

/** The number of float16 bits. */
export function fromHalf(half: number): number {
  const [exponent, fraction] = [(half >>> 10) & 31, half & 1023]
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction > 0
          ? Number.NaN
          : Infinity
        : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return half & 0x8000 ? -size : size
}

/** The number of bfloat16 bits, which are the upper half of a float32. */
export function fromBfloat16(upper: number): number {
  bits[0] = (upper & 0xffff) * 65536
  return float[0]!
}
