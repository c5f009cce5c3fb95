// The three matrix products of a dense layer in plain JavaScript: blocks of rows share loads, sums stay in
// registers, and memory is read sequentially. All matrices are row-major views of flat typed arrays.

/** out[r][n] = bias[n] + sum over k of x[r][k] * w[n][k] */
export function dotProducts(out, outAt, x, xAt, w, bias, rows, width, depth) {
  const wide = width - (width % 4)
  let r = 0
  for (; r + 1 < rows; r += 2) {
    const x0 = xAt + r * depth
    const x1 = x0 + depth
    const o0 = outAt + r * width
    const o1 = o0 + width
    for (let n = 0; n < wide; n += 4) dots2x4(out, o0 + n, o1 + n, x, x0, x1, w, n * depth, bias, n, depth)
    for (let n = wide; n < width; n++) {
      out[o0 + n] = bias[n] + dot(x, x0, w, n * depth, depth)
      out[o1 + n] = bias[n] + dot(x, x1, w, n * depth, depth)
    }
  }
  if (r < rows) {
    const x0 = xAt + r * depth
    const o0 = outAt + r * width
    for (let n = 0; n < wide; n += 4) dots1x4(out, o0 + n, x, x0, w, n * depth, bias, n, depth)
    for (let n = wide; n < width; n++) out[o0 + n] = bias[n] + dot(x, x0, w, n * depth, depth)
  }
}

function dots2x4(out, o0, o1, x, x0, x1, w, wAt, bias, n, depth) {
  let w0 = wAt
  let w1 = w0 + depth
  let w2 = w1 + depth
  let w3 = w2 + depth
  let a0 = bias[n]
  let a1 = bias[n + 1]
  let a2 = bias[n + 2]
  let a3 = bias[n + 3]
  let b0 = a0
  let b1 = a1
  let b2 = a2
  let b3 = a3
  for (const end = x0 + depth; x0 < end; x0++, x1++, w0++, w1++, w2++, w3++) {
    const xa = x[x0]
    const xb = x[x1]
    const v0 = w[w0]
    const v1 = w[w1]
    const v2 = w[w2]
    const v3 = w[w3]
    a0 += xa * v0
    a1 += xa * v1
    a2 += xa * v2
    a3 += xa * v3
    b0 += xb * v0
    b1 += xb * v1
    b2 += xb * v2
    b3 += xb * v3
  }
  out[o0] = a0
  out[o0 + 1] = a1
  out[o0 + 2] = a2
  out[o0 + 3] = a3
  out[o1] = b0
  out[o1 + 1] = b1
  out[o1 + 2] = b2
  out[o1 + 3] = b3
}

function dots1x4(out, o0, x, x0, w, wAt, bias, n, depth) {
  let w0 = wAt
  let w1 = w0 + depth
  let w2 = w1 + depth
  let w3 = w2 + depth
  let a0 = bias[n]
  let a1 = bias[n + 1]
  let a2 = bias[n + 2]
  let a3 = bias[n + 3]
  for (const end = x0 + depth; x0 < end; x0++, w0++, w1++, w2++, w3++) {
    const xa = x[x0]
    a0 += xa * w[w0]
    a1 += xa * w[w1]
    a2 += xa * w[w2]
    a3 += xa * w[w3]
  }
  out[o0] = a0
  out[o0 + 1] = a1
  out[o0 + 2] = a2
  out[o0 + 3] = a3
}

function dot(x, xAt, w, wAt, depth) {
  let sum = 0
  for (let k = 0; k < depth; k++) sum += x[xAt + k] * w[wAt + k]
  return sum
}

/**
 * c[r][k] += sum over i of a[r * aRow + i * aStep] * b[i][k]. With swapped strides, a is read transposed; so this is
 * both the gradient of a layer's inputs and the gradient of its weights.
 */
export function addProducts(c, cAt, a, aAt, aRow, aStep, b, bAt, rows, inner, width) {
  const deep = inner - (inner % 4)
  let r = 0
  for (; r + 1 < rows; r += 2) {
    const c0 = cAt + r * width
    const at0 = aAt + r * aRow
    for (let i = 0; i < deep; i += 4)
      add2x4(c, c0, c0 + width, a, at0 + i * aStep, aRow, aStep, b, bAt + i * width, width)
    for (let i = deep; i < inner; i++) {
      add1(c, c0, a[at0 + i * aStep], b, bAt + i * width, width)
      add1(c, c0 + width, a[at0 + aRow + i * aStep], b, bAt + i * width, width)
    }
  }
  if (r < rows) {
    const c0 = cAt + r * width
    const at0 = aAt + r * aRow
    for (let i = 0; i < deep; i += 4) add1x4(c, c0, a, at0 + i * aStep, aStep, b, bAt + i * width, width)
    for (let i = deep; i < inner; i++) add1(c, c0, a[at0 + i * aStep], b, bAt + i * width, width)
  }
}

function add2x4(c, c0, c1, a, at0, aRow, aStep, b, b0, width) {
  const at1 = at0 + aRow
  const p0 = a[at0]
  const p1 = a[at0 + aStep]
  const p2 = a[at0 + 2 * aStep]
  const p3 = a[at0 + 3 * aStep]
  const q0 = a[at1]
  const q1 = a[at1 + aStep]
  const q2 = a[at1 + 2 * aStep]
  const q3 = a[at1 + 3 * aStep]
  let b1 = b0 + width
  let b2 = b1 + width
  let b3 = b2 + width
  for (const end = c0 + width; c0 < end; c0++, c1++, b0++, b1++, b2++, b3++) {
    const v0 = b[b0]
    const v1 = b[b1]
    const v2 = b[b2]
    const v3 = b[b3]
    c[c0] += p0 * v0 + p1 * v1 + p2 * v2 + p3 * v3
    c[c1] += q0 * v0 + q1 * v1 + q2 * v2 + q3 * v3
  }
}

function add1x4(c, c0, a, at0, aStep, b, b0, width) {
  const p0 = a[at0]
  const p1 = a[at0 + aStep]
  const p2 = a[at0 + 2 * aStep]
  const p3 = a[at0 + 3 * aStep]
  let b1 = b0 + width
  let b2 = b1 + width
  let b3 = b2 + width
  for (const end = c0 + width; c0 < end; c0++, b0++, b1++, b2++, b3++) {
    c[c0] += p0 * b[b0] + p1 * b[b1] + p2 * b[b2] + p3 * b[b3]
  }
}

function add1(c, cAt, factor, b, bAt, width) {
  for (let k = 0; k < width; k++) c[cAt + k] += factor * b[bAt + k]
}
