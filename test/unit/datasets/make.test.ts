import { describe, expect, it } from 'vitest'
import { ArgumentError, datasets, type Matrix } from '../../../lib/index.js'

const { makeBlobs, makeClassification, makeMoons, makeRegression, xor } = datasets

function column(x: Matrix, j: number, keep: (row: number) => boolean = () => true): number[] {
  return Array.from({ length: x.rows }, (_, i) => i)
    .filter(keep)
    .map((i) => x.at(i, j))
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
const countOf = (y: Int32Array, label: number) => y.filter((value) => value === label).length

it.each([
  ['makeMoons', makeMoons({ seed: 3 }), [100, 2], 2],
  ['makeBlobs', makeBlobs({ seed: 3 }), [100, 2], 3],
  ['makeClassification', makeClassification({ seed: 3 }), [100, 20], 2],
  ['xor', xor(), [4, 2], 2],
] as const)('%s has the shape and the number of classes of scikit-learn by default', (_, { x, y }, shape, classes) => {
  expect([x.rows, x.cols]).toEqual(shape)
  expect(new Set(y).size).toBe(classes)
  expect(x.data.every(Number.isFinite)).toBe(true)
})

it.each([makeMoons, makeBlobs, makeClassification, makeRegression, xor] as const)(
  'draws equal numbers for equal seeds, other numbers for another seed',
  (make) => {
    const hasNoise = make !== makeBlobs && make !== makeClassification
    const options = (seed: number) => (hasNoise ? { noise: 0.5, seed } : { seed }) as object
    expect(make(options(5))).toEqual(make(options(5)))
    expect(make(options(5)).x).not.toEqual(make(options(6)).x)
  },
)

describe('makeMoons', () => {
  it('lies on two half circles', () => {
    const { x, y } = makeMoons({ nSamples: [5, 3], shuffle: false })
    expect(Array.from(y)).toEqual([0, 0, 0, 0, 0, 1, 1, 1])
    const h = Math.SQRT1_2
    const points = [1, 0, h, h, 0, 1, -h, h, -1, 0, 0, 0.5, 1, -0.5, 2, 0.5]
    for (const [k, value] of points.entries()) expect(x.data[k]).toBeCloseTo(value, 6)
  })

  it('shuffles rows and classes alike, and adds noise of its standard deviation', () => {
    const { x, y } = makeMoons({ nSamples: 4000, noise: 0.1, seed: 1 })
    const distances = column(x, 0).map((a, i) => {
      const b = x.at(i, 1)
      return y[i] === 0 ? Math.hypot(a, b) : Math.hypot(a - 1, b - 0.5)
    })
    expect(mean(distances)).toBeCloseTo(1, 1)
    expect(deviation(distances)).toBeGreaterThan(0.09)
    expect(deviation(distances)).toBeLessThan(0.11)
    expect(Array.from(y.slice(0, 2000))).toContain(1)
    expect(countOf(y, 0)).toBe(2000)
  })
})

describe('makeBlobs', () => {
  it('takes centers, standard deviations and counts', () => {
    const centers = [
      [0, 100],
      [50, -50],
    ]
    const made = makeBlobs({ nSamples: [3000, 1000], centers, clusterStd: [1, 4], seed: 2 })
    expect(made.centers.toArray()).toEqual(centers)
    for (const k of [0, 1]) {
      expect(countOf(made.y, k)).toBe([3000, 1000][k])
      for (const j of [0, 1]) {
        const values = column(made.x, j, (i) => made.y[i] === k)
        expect(Math.abs(mean(values) - centers[k]![j]!)).toBeLessThan(0.4)
        expect(deviation(values) / [1, 4][k]!).toBeCloseTo(1, 1)
      }
    }
  })

  it('splits rows evenly and draws centers within centerBox', () => {
    const { y, x, centers } = makeBlobs({ nSamples: 11, centers: 4, nFeatures: 3, centerBox: [5, 6], seed: 1 })
    expect([0, 1, 2, 3].map((k) => countOf(y, k))).toEqual([3, 3, 3, 2])
    expect(x.cols).toBe(3)
    expect(centers.data.every((value) => value >= 5 && value <= 6)).toBe(true)
  })
})

describe('makeClassification', () => {
  it('has redundant and repeated features, and takes shift and scale', () => {
    const options = {
      nSamples: 60,
      nFeatures: 9,
      nInformative: 3,
      nRedundant: 2,
      nRepeated: 2,
      shuffle: false,
      seed: 4,
    }
    const { x } = makeClassification(options)
    for (const j of [5, 6]) {
      expect([0, 1, 2, 3, 4].some((k) => column(x, k).every((value, i) => value === x.at(i, j)))).toBe(true)
    }
    // A redundant column is linear in the three informative ones: the determinant of all products is 0.
    const products = [0, 1, 2, 3].map((a) =>
      [0, 1, 2, 3].map((b) => mean(column(x, a).map((value, i) => value * x.at(i, b)))),
    )
    const whole = products.slice(0, 3).map((row) => row.slice(0, 3))
    expect(Math.abs(determinant(products) / determinant(whole))).toBeLessThan(1e-5)
    const moved = makeClassification({ ...options, shift: 2, scale: 3 })
    for (const [k, value] of moved.x.data.entries()) expect(value).toBeCloseTo((x.data[k]! + 2) * 3, 4)
  })

  it('puts clusters on different corners, with weights as shares of the classes', () => {
    const { x, y } = makeClassification({
      ...{ nSamples: 4000, nFeatures: 2, nInformative: 2, nRedundant: 0, nClustersPerClass: 1, nClasses: 3 },
      ...{ weights: [0.5, 0.25], classSep: 20, flipY: 0, seed: 8 },
    })
    expect([0, 1, 2].map((k) => countOf(y, k))).toEqual([2000, 1000, 1000])
    const corners = [0, 1, 2].map((k) => [0, 1].map((j) => Math.sign(mean(column(x, j, (i) => y[i] === k)))).join())
    expect(new Set(corners).size).toBe(3)
  })

  it('changes the class of a share of rows, and draws shift and scale if they are null', () => {
    const base = { nSamples: 4000, classSep: 30, nClustersPerClass: 1, nRedundant: 0, shuffle: false, seed: 1 } as const
    const [clean, flipped] = [makeClassification({ ...base, flipY: 0 }), makeClassification({ ...base, flipY: 0.5 })]
    const changed = flipped.y.filter((label, i) => label !== clean.y[i]).length
    expect(changed / 4000).toBeCloseTo(0.25, 1)
    const scaled = makeClassification({ ...base, shift: null, scale: null })
    const widths = [18, 19].map((j) => deviation(column(scaled.x, j)))
    expect(Math.abs(widths[0]! - widths[1]!)).toBeGreaterThan(0.5)
    const wide = makeClassification({ ...base, nFeatures: 40, nInformative: 35, hypercube: false })
    expect(wide.x.cols).toBe(40)
  })
})

it('makeRegression is linear in its informative features', () => {
  const { x, y, coef } = makeRegression({ nSamples: 50, nFeatures: 6, nInformative: 3, nTargets: 2, bias: 7, seed: 9 })
  expect([y.rows, y.cols, coef.rows, coef.cols]).toEqual([50, 2, 6, 2])
  expect(column(coef, 0).filter((value) => value !== 0)).toHaveLength(3)
  for (let i = 0; i < 50; i++) {
    for (let t = 0; t < 2; t++) {
      const expected = 7 + column(coef, t).reduce((sum, weight, j) => sum + weight * x.at(i, j), 0)
      expect(y.at(i, t)).toBeCloseTo(expected, 2)
    }
  }
  const noisy = makeRegression({ nSamples: 4000, nFeatures: 2, nInformative: 1, noise: 5, shuffle: false, seed: 9 })
  const rest = column(noisy.y, 0).map((value, i) => value - noisy.coef.at(0, 0) * noisy.x.at(i, 0))
  expect(Math.abs(deviation(rest) - 5)).toBeLessThan(0.3)
  const { x: wide } = makeRegression({ seed: 1 })
  expect([wide.rows, wide.cols]).toEqual([100, 100])
})

it('xor repeats the four corners in order, with noise', () => {
  const corners = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]
  expect(xor().x.toArray()).toEqual(corners)
  expect(Array.from(xor({ nSamples: 6 }).y)).toEqual([0, 1, 1, 0, 0, 1])
  const { x, y } = xor({ nSamples: 4000, noise: 0.1, seed: 1 })
  const off = column(x, 0).map((value, i) => value - corners[i % 4]![0]!)
  expect(Array.from(y.slice(0, 4))).toEqual([0, 1, 1, 0])
  expect(deviation(off)).toBeCloseTo(0.1, 2)
})

it.each<[string, () => unknown]>([
  ['nSamples', () => makeMoons({ nSamples: 1 })],
  ['nSamples[1]', () => makeMoons({ nSamples: [3, 0] })],
  ['nSamples', () => makeMoons({ nSamples: [3] as never })],
  ['noise', () => makeMoons({ noise: -1 })],
  ['shuffle', () => makeMoons({ shuffle: 1 as never })],
  ['seed', () => makeMoons({ seed: -1 })],
  ['"samples"', () => makeMoons({ samples: 3 } as never)],
  ['nSamples', () => makeBlobs({ nSamples: 0 })],
  ['nSamples', () => makeBlobs({ nSamples: [1, 2], centers: 3 })],
  ['nSamples[0]', () => makeBlobs({ nSamples: [0, 2] })],
  ['nFeatures', () => makeBlobs({ nFeatures: 0 })],
  ['centers', () => makeBlobs({ centers: 0 })],
  ['clusterStd', () => makeBlobs({ clusterStd: -1 })],
  ['clusterStd', () => makeBlobs({ clusterStd: [1] })],
  ['clusterStd[0]', () => makeBlobs({ clusterStd: [-1, 1, 1] })],
  ['centerBox', () => makeBlobs({ centerBox: [1] as never })],
  ['centerBox', () => makeBlobs({ centerBox: [2, 1] })],
  ['shuffle', () => makeBlobs({ shuffle: 'yes' as never })],
  ['nSamples', () => makeClassification({ nSamples: 0 })],
  ['nFeatures', () => makeClassification({ nFeatures: 0 })],
  ['nFeatures', () => makeClassification({ nFeatures: 3 })],
  ['nInformative', () => makeClassification({ nInformative: 0 })],
  ['nRedundant', () => makeClassification({ nRedundant: -1 })],
  ['nRepeated', () => makeClassification({ nRepeated: -1 })],
  ['nClasses', () => makeClassification({ nClasses: 0 })],
  ['nClasses', () => makeClassification({ nClasses: 3 })],
  ['nClustersPerClass', () => makeClassification({ nClustersPerClass: 0 })],
  ['weights', () => makeClassification({ weights: [0.2, 0.3, 0.5] })],
  ['weights', () => makeClassification({ weights: 0.5 as never })],
  ['weights', () => makeClassification({ weights: [0.9, 0.9] })],
  ['weights[0]', () => makeClassification({ weights: [-1] })],
  ['flipY', () => makeClassification({ flipY: 2 })],
  ['classSep', () => makeClassification({ classSep: -1 })],
  ['hypercube', () => makeClassification({ hypercube: 0 as never })],
  ['shift', () => makeClassification({ shift: Number.NaN })],
  ['scale', () => makeClassification({ scale: '1' as never })],
  ['nSamples', () => makeRegression({ nSamples: 0 })],
  ['nFeatures', () => makeRegression({ nFeatures: 0 })],
  ['nInformative', () => makeRegression({ nFeatures: 3, nInformative: 4 })],
  ['nTargets', () => makeRegression({ nTargets: 0 })],
  ['bias', () => makeRegression({ bias: Infinity })],
  ['noise', () => makeRegression({ noise: -1 })],
  ['nSamples', () => xor({ nSamples: 0 })],
  ['noise', () => xor({ noise: -1 })],
])('refuses a wrong %s', (name, make) => {
  expect(make).toThrow(ArgumentError)
  expect(make).toThrow(name)
})

/** By Gaussian elimination. */
function determinant(rows: readonly (readonly number[])[]): number {
  const left = rows.map((row) => [...row])
  let product = 1
  for (let k = 0; k < left.length; k++) {
    product *= left[k]![k]!
    for (let i = k + 1; i < left.length; i++) {
      const factor = left[i]![k]! / left[k]![k]!
      for (let j = k; j < left.length; j++) left[i]![j]! -= factor * left[k]![j]!
    }
  }
  return product
}
