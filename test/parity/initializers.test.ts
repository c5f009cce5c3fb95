import { describe, expect, it } from 'vitest'
import { initializers, layers, Sequential } from '../../lib/index.js'

const inputs = 300
const units = 200
const size = inputs * units

/** The bound of the distribution, its standard deviation and its distribution function. */
interface Distribution {
  bound: number
  deviation: number
  below: (x: number) => number
}

// Glorot and Bengio 2010, eq. 16; He et al. 2015, eq. 10; the cut normal as Keras draws it.
const distributions = {
  glorotUniform: uniform(Math.sqrt(6 / (inputs + units))),
  glorotNormal: cutNormal(Math.sqrt(2 / (inputs + units))),
  heUniform: uniform(Math.sqrt(6 / inputs)),
  heNormal: cutNormal(Math.sqrt(2 / inputs)),
  lecunUniform: uniform(Math.sqrt(3 / inputs)),
  lecunNormal: cutNormal(Math.sqrt(1 / inputs)),
  randomUniform: uniform(0.05),
  truncatedNormal: cutNormal(0.05 * 0.87962566103423978),
}
type Name = keyof typeof distributions
const names = Object.keys(distributions) as Name[]
/** Different shapes, so that fan-in and fan-out cannot be mixed up; the second layer has as many weights as the first. */
function kernels(kernelInitializer: Parameters<typeof layers.dense>[0]['kernelInitializer'], seed: number) {
  using model = new Sequential({
    layers: [
      layers.dense({ units, inputShape: [inputs], ...(kernelInitializer && { kernelInitializer }) }),
      layers.dense({ units: inputs, ...(kernelInitializer && { kernelInitializer }) }),
    ],
    seed,
  })
  const [first, bias, second] = model.getWeights()
  return { first: first!.data, bias: bias!.data, second: second!.data }
}

describe.each(names)('%s', (name) => {
  const { bound, deviation, below } = distributions[name]
  const { first, second } = kernels(name, 1)

  it('stays within its bounds and fills them', () => {
    const largest = first.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
    expect(largest).toBeLessThanOrEqual(Math.fround(bound))
    expect(largest).toBeGreaterThan(0.998 * bound)
  })

  it('has the mean and the variance of its distribution', () => {
    const mean = average(first, (w) => w)
    const variance = average(first, (w) => (w - mean) ** 2)
    // Four standard errors; a kurtosis is at most 3.
    expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(size))
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / size))
  })

  it('follows its distribution (Kolmogorov-Smirnov, 0.1 % level)', () => {
    for (const seed of [1, 2, 3, 2 ** 40 + 5]) {
      expect(distance(kernels(name, seed).first, below), `seed ${seed}`).toBeLessThan(1.95 / Math.sqrt(size))
    }
  })

  it('draws numbers that are independent of their neighbours and of another layer', () => {
    for (const lag of [1, 2, 4, 8, units]) {
      const product = average(first.subarray(lag), (w, i) => w * first[i]!)
      expect(Math.abs(product / deviation ** 2), `lag ${lag}`).toBeLessThan(4 / Math.sqrt(size))
    }
    const product = average(first, (w, i) => w * second[i]!)
    expect(second).not.toEqual(first)
    const scale = deviation * Math.sqrt(average(second, (w) => w * w))
    expect(Math.abs(product / scale)).toBeLessThan(4 / Math.sqrt(size))
  })

  it('draws the same numbers from the same seed, others from another seed', () => {
    expect(kernels(name, 1).first).toEqual(first)
    expect(kernels(name, 2).first).not.toEqual(first)
  })

  it("draws from its seeded seed in place of the model's", () => {
    const seeded = kernels(initializers[name]({ seed: 7 }), 1).first
    expect(kernels(initializers[name]({ seed: 7 }), 2).first).toEqual(seeded)
    expect(kernels(initializers[name]({ seed: 8 }), 1).first).not.toEqual(seeded)
    expect(seeded).not.toEqual(first)
    expect(distance(seeded, below)).toBeLessThan(1.95 / Math.sqrt(size))
  })

  it('uses the sizes of its layer', () => {
    const { second: wide } = kernels(name, 3)
    // 200 in, 300 out: Glorot's sum is the same, He's and LeCun's fan-in is smaller; others know no fans.
    const fanIn = /^(he|lecun)/.test(name) ? inputs / units : 1
    const variance = average(wide, (w) => w * w)
    expect(Math.abs(variance / (deviation ** 2 * fanIn) - 1)).toBeLessThan(4 * Math.sqrt(2 / size))
  })
})

describe('randomNormal', () => {
  const sample = (options: object, seed = 1) => kernels(initializers.randomNormal(options), seed).first

  it('follows its distribution, beyond two deviations too (Kolmogorov-Smirnov, 0.1 % level)', () => {
    for (const seed of [1, 2, 3]) {
      expect(distance(sample({}, seed), (w) => normalBelow(w / 0.05))).toBeLessThan(1.95 / Math.sqrt(size))
    }
    const far = sample({}).filter((w) => Math.abs(w) > 0.1).length
    expect(Math.abs(far / (0.0455 * size) - 1)).toBeLessThan(0.08)
  })

  it('takes a mean, a deviation and a seed', () => {
    const w = sample({ mean: -3, stddev: 0.5, seed: 9 })
    expect(distance(w, (x) => normalBelow((x + 3) / 0.5))).toBeLessThan(1.95 / Math.sqrt(size))
    expect(sample({ mean: -3, stddev: 0.5, seed: 9 }, 2)).toEqual(w)
    expect(sample({ mean: 2, stddev: 0 }).every((x) => x === 2)).toBe(true)
  })
})

describe('bounds', () => {
  it('randomUniform and truncatedNormal keep to their bounds', () => {
    const even = kernels(initializers.randomUniform({ min: 2, max: 3 }), 1).first
    expect(distance(even, (x) => Math.min(1, Math.max(0, x - 2)))).toBeLessThan(1.95 / Math.sqrt(size))
    const cut = kernels(initializers.truncatedNormal({ mean: 1, stddev: 2 }), 1).first
    const whole = cutNormal(2 * 0.87962566103423978)
    expect(distance(cut, (x) => whole.below(x - 1))).toBeLessThan(1.95 / Math.sqrt(size))
    expect([Math.min(...cut.subarray(0, 9999)) >= -3, Math.max(...cut.subarray(0, 9999)) <= 5]).toEqual([true, true])
  })
})

describe('orthogonal', () => {
  const product = (w: Float32Array, i: number, j: number) => {
    let sum = 0
    for (let r = 0; r < inputs; r++) sum += w[r * units + i]! * w[r * units + j]!
    return sum
  }

  it('orthogonal draws columns of length gain at right angles', () => {
    for (const gain of [1, Math.SQRT2]) {
      const { first } = kernels(initializers.orthogonal({ gain }), 1)
      for (let i = 0; i < units; i += 3) {
        for (let j = 0; j <= i; j++) {
          expect(Math.abs(product(first, i, j) - (i === j ? gain ** 2 : 0))).toBeLessThan(2e-6)
        }
      }
    }
  })

  it('draws from its seed, and like a normal distribution where the kernel is large', () => {
    const { first, second } = kernels('orthogonal', 1)
    expect(kernels('orthogonal', 1).first).toEqual(first)
    expect(kernels('orthogonal', 2).first).not.toEqual(first)
    expect(kernels(initializers.orthogonal({ seed: 4 }), 2).first).toEqual(
      kernels(initializers.orthogonal({ seed: 4 }), 3).first,
    )
    for (const w of [first, second]) {
      expect(distance(w, (x) => normalBelow(x * Math.sqrt(inputs)))).toBeLessThan(1.95 / Math.sqrt(size))
    }
  })

  it('is quick for a large layer', () => {
    const start = performance.now()
    const layer = layers.dense({ units: 1024, kernelInitializer: 'orthogonal', inputShape: [1024] })
    new Sequential({ layers: [layer], seed: 1 }).dispose()
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

describe('embeddings', () => {
  const start = (embeddingsInitializer?: 'orthogonal') => {
    using model = new Sequential({
      layers: [
        layers.embedding({
          inputDim: 30,
          outputDim: 8,
          inputShape: [1],
          ...(embeddingsInitializer && { embeddingsInitializer }),
        }),
      ],
      seed: 1,
    })
    return model.getWeights()[0]!
  }

  it("embeddings start uniform within Keras's bounds, or orthogonal", () => {
    expect(distance(start().data, (x) => Math.min(1, Math.max(0, (x + 0.05) / 0.1)))).toBeLessThan(
      1.95 / Math.sqrt(240),
    )
    const { data, cols } = start('orthogonal')
    const squares = average(data, (w) => w * w) * data.length
    expect(Math.abs(squares - cols)).toBeLessThan(1e-5)
  })
})

describe('constant initializers', () => {
  it('constant sets all weights to its value', () => {
    expect(kernels(initializers.constant({ value: -0.75 }), 1).first.every((w) => w === -0.75)).toBe(true)
    expect(kernels('constant', 1).first.every((w) => w === 0)).toBe(true)
  })

  it('zeros and ones set all weights to 0 and 1', () => {
    expect(kernels('zeros', 1).first.every((w) => w === 0)).toBe(true)
    expect(kernels('ones', 1).first.every((w) => w === 1)).toBe(true)
  })

  it('constant initializers work for biases too', () => {
    using model = new Sequential({
      layers: [layers.dense({ units: 3, biasInitializer: 'ones', inputShape: [2] })],
      seed: 1,
    })
    expect(model.getWeights()[1]!.toArray()).toEqual([[1, 1, 1]])
  })
})

it("has the defaults of Keras's dense layer: glorotUniform, and zeros for the bias", () => {
  const { first, bias } = kernels(undefined, 1)
  expect(first).toEqual(kernels('glorotUniform', 1).first)
  expect(bias.every((b) => b === 0)).toBe(true)
})

function uniform(bound: number): Distribution {
  return { bound, deviation: bound / Math.sqrt(3), below: (x) => (x + bound) / (2 * bound) }
}

/** A normal distribution cut at two of its standard deviations, widened so that `deviation` is what is left. */
function cutNormal(deviation: number): Distribution {
  const wide = deviation / 0.87962566103423978
  const tail = normalBelow(-2)
  return { bound: 2 * wide, deviation, below: (x) => (normalBelow(x / wide) - tail) / (1 - 2 * tail) }
}

/** The standard normal distribution function, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153]
  const above = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series.reduce((sum, c) => (sum + c) * t, 0)
  return x < 0 ? above : 1 - above
}

/** Kolmogorov and Smirnov's distance: the largest gap between the sample's steps and the distribution function. */
function distance(sample: Float32Array, below: (x: number) => number): number {
  let largest = 0
  for (const [i, x] of sample.toSorted().entries()) {
    const at = below(x)
    largest = Math.max(largest, at - i / sample.length, (i + 1) / sample.length - at)
  }
  return largest
}

function average(values: Float32Array, of: (value: number, i: number) => number): number {
  let total = 0
  for (const [i, value] of values.entries()) total += of(value, i)
  return total / values.length
}
