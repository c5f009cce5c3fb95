import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as fashion from '../../examples/fashion.js'
import * as best from '../../examples/mnist-best.js'
import * as dropout from '../../examples/mnist-dropout.js'
import * as record from '../../examples/mnist-record.js'
import { type RecipeOptions, readOptions, usageOf } from '../../examples/recipe/options.js'
import { datasets, Matrix } from '../../lib/index.js'
import { sharedData } from '../unit/datasets/shared-data.js'

const options: RecipeOptions = { epochs: 2, seed: 1, rows: 1000, threads: 2 }

/** The first images of MNIST: enough to test a recipe. */
let bytes: datasets.ImageDataset<Uint8Array>
let mnist: datasets.ImageDataset

/** Allows for a busy machine: the networks are large. */
const timeout = 240_000

let lines: string[]

beforeAll(async () => {
  const { train, test, ...others } = await datasets.mnist({ dir: sharedData('mnist'), raw: true })
  const part = ({ x, y }: typeof train, rows: number) => ({ x: x.slice(0, rows * 784), y: y.slice(0, rows) })
  bytes = { ...others, train: part(train, 1000), test: part(test, 500) }
  const scale = ({ x, y }: typeof train) => ({
    x: new Matrix(
      Float32Array.from(x, (p) => p / 255),
      y.length,
      784,
    ),
    y,
  })
  mnist = { ...others, train: scale(bytes.train), test: scale(bytes.test) }
}, timeout)

beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
})
afterEach(() => vi.restoreAllMocks())

describe('recipes', () => {
  it.each([
    ['mnist-dropout', dropout.learn, 0.6],
    // Moving statistics and averages need more than a few steps: here only the training accuracy counts.
    ['mnist-best', best.learn, 0],
    ['fashion', fashion.learn, 0],
  ])(
    '%s trains and tests, and prints the time of each epoch',
    async (_name, learn, minAccuracy) => {
      const { accuracy, seconds } = await learn(options, mnist)
      expect(accuracy).toBeGreaterThan(minAccuracy)
      expect(accuracy).toBeLessThan(1)
      expect(seconds).toHaveLength(2)
      expect(lines).toHaveLength(2)
      for (const line of lines)
        expect(line).toMatch(/^Epoch \d\/2 {2}loss \d\.\d{4} {2}accuracy 0\.\d{4} {2}\d+\.\d s$/)
      const [first, second] = lines.map((line) => Number(/accuracy (\S+)/.exec(line)![1]))
      expect(second).toBeGreaterThan(first!)
      expect(second).toBeGreaterThan(0.5)
    },
    timeout,
  )

  it(
    'mnist-record trains on images that a worker distorts',
    async () => {
      const small = { ...options, epochs: 3, hidden: [64], batchSize: 32, testEvery: 2 }
      const { accuracy, seconds, waited } = await record.learn(small, bytes)
      expect(accuracy).toBeGreaterThan(0.6)
      expect([seconds.length, waited.length]).toEqual([3, 3])
      for (const [i, wait] of waited.entries()) expect(wait).toBeLessThanOrEqual(seconds[i]!)
      expect(lines.map((line) => line.includes('test accuracy'))).toEqual([false, true, true])
    },
    timeout,
  )
})

describe('readOptions of a recipe', () => {
  it('has defaults, and reads all options', () => {
    const others = { dir: undefined, seed: 1, rows: 60000, threads: 0 }
    expect(readOptions([], { epochs: 7 })).toEqual({ epochs: 7, ...others })
    const args = '--dir a --epochs 2 --seed 0 --rows 10 --threads 3'.split(' ')
    expect(readOptions(args, { epochs: 7 })).toEqual({ dir: 'a', epochs: 2, seed: 0, rows: 10, threads: 3 })
    expect(readOptions(['--help'], { epochs: 7 })).toBe('help')
    expect(usageOf('fashion', { epochs: 7 })).toMatch(
      /^node --import tsx examples\/fashion.ts \[options\]\n[\s\S]*7 by default/,
    )
  })

  it.each([
    [['--epochs', '0'], 'Expected a whole number of at least 1 for --epochs, but got "0".'],
    [['--rows', '60001'], 'Expected a whole number from 1 to 60000 for --rows, but got "60001".'],
    [['--seed', 'x'], 'Expected a whole number of at least 0 for --seed, but got "x".'],
    [['--epoch', '3'], "Unknown option '--epoch'"],
  ])('rejects %j', (args, message) => {
    expect(() => readOptions(args, { epochs: 7 })).toThrow(message)
  })
})
