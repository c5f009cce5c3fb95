/** Arrays of numbers out of base64, little-endian as every machine that runs JavaScript; the normal distribution. */
export const numberParts = {
  fail: `
const fail = (message) => {
  throw new TypeError(message)
}`,

  bytes: `
const bytes = (base64) => {
  const text = atob(base64)
  const all = new Uint8Array(text.length)
  for (let i = 0; i < all.length; i++) all[i] = text.charCodeAt(i)
  return all.buffer
}`,

  float32: `
const float32 = (base64) => new Float32Array(bytes(base64))`,

  float64: `
const float64 = (base64) => new Float64Array(bytes(base64))`,

  float16: `
const float16 = (base64) =>
  Float32Array.from(new Uint16Array(bytes(base64)), (half) => {
    const exponent = (half >>> 10) & 31
    const fraction = half & 1023
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return half & 0x8000 ? -size : size
  })`,

  // Marsaglia 2004, "Evaluating the normal distribution": 1/2 + density (x + x^3/3 + x^5/(3 5) + ...). Below 0 the sum
  // loses the digits of the tail, for which there is the continued fraction of Laplace.
  normalCdf: `
const normalCdf = (x) => {
  if (x !== x) return x
  if (x < -40 || x > 9) return x > 0 ? 1 : 0
  const density = Math.exp(-0.5 * x * x - 0.9189385332046727)
  if (x < -4) {
    let fraction = 0
    for (let k = 60; k > 0; k--) fraction = k / (fraction - x)
    return density / (fraction - x)
  }
  let sum = x
  let term = x
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * density
}`,

  // Wichura 1988, algorithm AS 241.
  normalQuantile: `
const ratio = (above, below, x) =>
  above.reduceRight((sum, c) => sum * x + c, 0) / below.reduceRight((sum, c) => sum * x + c, 0)
const normalQuantile = (share) => {
  if (!(share > 0 && share < 1)) return share === 0 ? -Infinity : share === 1 ? Infinity : NaN
  const distance = share - 0.5
  if (Math.abs(distance) <= 0.425) {
    return distance * ratio(
      [3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227],
      [1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854],
      0.180625 - distance * distance,
    )
  }
  const root = Math.sqrt(-Math.log(distance < 0 ? share : 1 - share))
  const size = root <= 5
    ? ratio(
        [1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414],
        [1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9],
        root - 1.6,
      )
    : ratio(
        [6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7],
        [1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15],
        root - 5,
      )
  return distance < 0 ? -size : size
}`,
} as const
