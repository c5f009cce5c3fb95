/**
 * The standard normal distribution function: 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + ...), to about 1e-16.
 *
 * Source: Marsaglia 2004, "Evaluating the normal distribution".
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return x
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0
  let [sum, term] = [x, x]
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046727)
}

// Coefficients of AS 241, of the numerator and the denominator, the constant first.
export const centralQuantile = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const
export const middleQuantile = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const
export const farQuantile = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const

/**
 * The inverse of normalCdf, to about 1e-16; infinite at 0 and 1.
 *
 * Source: Wichura 1988, algorithm AS 241 (PPND16).
 */
export function normalQuantile(share: number): number {
  if (!(share > 0 && share < 1)) return share === 0 ? -Infinity : share === 1 ? Infinity : Number.NaN
  const distance = share - 0.5
  if (Math.abs(distance) <= 0.425) return distance * ratio(centralQuantile, 0.180625 - distance * distance)
  const root = Math.sqrt(-Math.log(distance < 0 ? share : 1 - share))
  const size = root <= 5 ? ratio(middleQuantile, root - 1.6) : ratio(farQuantile, root - 5)
  return distance < 0 ? -size : size
}

function ratio([above, below]: readonly (readonly number[])[], x: number): number {
  const polynomial = (coefficients: readonly number[]) =>
    coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
  return polynomial(above!) / polynomial(below!)
}
