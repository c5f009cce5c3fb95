// The measured nets and their data: the same numbers for all libraries.

/**
 * On these nets a step of the slowest libraries takes minutes: they are excluded, and the check has fewer steps. Longer time boxes hold
 * several epochs, so that what a call of `fit` does once weighs no more than in real use.
 */
const large = { leaveOut: ['brain.js', 'tfjs cpu'], checkSteps: 2, boxes: 4 }

export const nets = [
  { sizes: [2, 3, 1], batch: 4, hidden: 'sigmoid' },
  { sizes: [20, 100, 1], batch: 200, hidden: 'relu' },
  { sizes: [784, 30, 10], batch: 10, hidden: 'sigmoid' },
  { sizes: [784, 128, 10], batch: 32, hidden: 'relu' },
  { sizes: [784, 512, 512, 10], batch: 128, hidden: 'relu' },
  { sizes: [784, 2500, 2000, 1500, 1000, 500, 10], batch: 128, hidden: 'relu', ...large, rows: 2048 },
  { sizes: [1024, 1024, 1024, 1024, 10], batch: 1024, hidden: 'relu', ...large, rows: 10_240 },
].map(makeNet)

/** Names a net and the kind of its outputs. */
export function makeNet(net) {
  return { ...net, name: net.sizes.join('-'), output: net.sizes.at(-1) === 1 ? 'sigmoid' : 'softmax' }
}

export const optimizers = ['sgd', 'adam']

/** The input of a session: `rows` rows in whole batches, targets as class numbers (0 or 1 for one output). */
export function makeCase(net, optimizer, { rows = net.rows ?? 4000, shuffle = true } = {}) {
  const whole = Math.floor(rows / net.batch) * net.batch
  const rate = optimizer === 'adam' ? 1e-3 : net.hidden === 'sigmoid' ? 0.1 : 0.01
  return { net, optimizer, rate, shuffle, rows: whole, ...makeData(net, whole) }
}

/** Dense rows in [-1, 1) with learnable classes and a tenth of wrong labels, so that gradients never vanish. */
export function makeData(net, rows) {
  const random = generator(1)
  const columns = net.sizes[0]
  const classes = Math.max(2, net.sizes.at(-1))
  const centres = Float32Array.from({ length: classes * columns }, () => random() * 2 - 1)
  const x = new Float32Array(rows * columns)
  const y = new Int32Array(rows)
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * columns, (r + 1) * columns)
    for (let k = 0; k < columns; k++) row[k] = random() * 2 - 1
    y[r] = random() < 0.1 ? Math.floor(random() * classes) : columns === 2 ? xor(row) : nearest(row, centres, classes)
  }
  return { x, y }
}

const xor = ([a, b]) => Number(a > 0 !== b > 0)

function nearest(row, centres, classes) {
  let best = 0
  let bestSum = Number.NEGATIVE_INFINITY
  for (let c = 0; c < classes; c++) {
    let sum = 0
    for (let k = 0; k < row.length; k++) sum += row[k] * centres[c * row.length + k]
    if (sum > bestSum) {
      best = c
      bestSum = sum
    }
  }
  return best
}

/** Kernels (in, out) and biases, alternating; Glorot uniform. */
export function makeWeights({ sizes }) {
  const random = generator(2)
  return sizes.slice(1).flatMap((width, i) => {
    const limit = Math.sqrt(6 / (sizes[i] + width))
    return [
      Float32Array.from({ length: sizes[i] * width }, () => (random() * 2 - 1) * limit),
      Float32Array.from({ length: width }, () => (random() * 2 - 1) * 0.1),
    ]
  })
}

/** The rows of a case, as views. */
export function rowsOf({ x, net }, count) {
  const columns = net.sizes[0]
  return Array.from({ length: count }, (_, r) => x.subarray(r * columns, (r + 1) * columns))
}

/** mulberry32: small, seeded and good enough for data. */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
