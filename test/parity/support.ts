import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import {
  type ActivationSpec,
  layers,
  losses,
  type Matrix,
  type OptimizerSpec,
  optimizers,
  Sequential,
} from '../../lib/index.js'

/** An activation as the fixtures name it. */
export interface ActivationCase {
  name: ActivationSpec['name']
  negativeSlope?: number
  alpha?: number
  approximate?: boolean
}

export type LossName =
  | 'meanSquaredError'
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'

export interface NetCase {
  name: string
  inputs: number
  layers: { units: number; activation: ActivationCase; useBias?: boolean }[]
  loss: LossName
  fromLogits: boolean
}

/** The rate of step k, from 0 on, is rate x decay^k; without a decay it is one number. */
export interface OptimizerCase {
  name: OptimizerSpec['name']
  rate: number
  decay?: number
  /** What the optimizer's factory takes. */
  [parameter: string]: unknown
}

export interface RunCase {
  optimizer: OptimizerCase
  rows: number
  batchSize: number
  epochs: number
  /** Mean loss of each epoch's rows, each before the step that its batch took. */
  losses: number[]
}

/** Tolerances of one comparison: |got - expected| <= absolute + relative x |expected|. */
export interface Tolerance {
  absolute?: number
  relative?: number
}

/** Reads a file that scripts/fixtures/make-parity.py wrote. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as T
}

/** murmur3's finaliser of i + 1, as `hash32` of scripts/fixtures/parity_data.py. */
export function hash32(i: number): number {
  let h = (i + 1) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** float32((hash32(i) / 2^32 - 0.5) x scale) for i = first, first + 1, ...: a table of rows x columns. */
export function hashed(first: number, rows: number, columns: number, scale: number): number[][] {
  const at = (i: number) => Math.fround((hash32(i) / 2 ** 32 - 0.5) * scale)
  return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => at(first + r * columns + c)))
}

/** A model of the net, not compiled. */
export function build(net: NetCase): Sequential {
  return new Sequential({
    layers: net.layers.map(({ units, activation, useBias = true }, k) =>
      layers.dense({
        units,
        activation: activationOf(activation),
        useBias,
        ...(k === 0 && { inputShape: [net.inputs] }),
      }),
    ),
    seed: 1,
  })
}

export function activationOf({ name, ...parameters }: ActivationCase): ActivationSpec {
  return layers.dense({ units: 1, activation: { name, ...parameters } as ActivationSpec }).activation
}

/** `elu`, or with its parameters `elu 0.3`. */
export function activationTitle({ name, ...parameters }: ActivationCase): string {
  return [name, ...Object.values(parameters)].join(' ')
}

export function lossOf(name: LossName, fromLogits: boolean) {
  if (!fromLogits || name === 'meanSquaredError') return name
  return losses[name]({ fromLogits })
}

export function optimizerOf({ name, rate, decay, ...parameters }: OptimizerCase) {
  const learningRate = decay === undefined ? rate : (step: number) => rate * decay ** step
  const options = { learningRate, ...pytorchDefaults[name], ...parameters }
  return (optimizers[name] as (options: object) => OptimizerSpec)(options)
}

/** Where PyTorch's defaults are not ours: a fixture says only what it sets. */
const pytorchDefaults: Record<string, object> = {
  adagrad: { initialAccumulatorValue: 0, epsilon: 1e-10 },
  rmsprop: { rho: 0.99, epsilon: 1e-8 },
  adadelta: { rho: 0.9, epsilon: 1e-6 },
  adam: { epsilon: 1e-8 },
  adamw: { epsilon: 1e-8, weightDecay: 0.01 },
  adamax: { epsilon: 1e-8 },
  nadam: { epsilon: 1e-8 },
}

/** `sgd, rate 0.1 x 0.9^step, momentum 0.9, nesterov true, 28 rows by 8`. */
export function titleOf({ optimizer, rows, batchSize }: RunCase): string {
  const { name, rate, decay, ...parameters } = optimizer
  const schedule = decay === undefined ? '' : ` x ${decay}^step`
  const rest = Object.entries(parameters).map(([key, value]) => `${key} ${value}, `)
  return `${name}, rate ${rate}${schedule}, ${rest.join('')}${rows} rows by ${batchSize}`
}

/** Compares numbers in order. The error names the tensor, the index and both values of the worst difference. */
export function expectClose(name: string, got: Matrix | number, expected: number[][] | number, tolerance: Tolerance) {
  const { absolute = 0, relative = 0 } = tolerance
  const actualRows = typeof got === 'number' ? [[got]] : got.toArray()
  const expectedRows = typeof expected === 'number' ? [[expected]] : expected
  expect([actualRows.length, actualRows[0]?.length], `shape of ${name}`).toEqual([
    expectedRows.length,
    expectedRows[0]?.length,
  ])
  let worst = { excess: 1, text: '' }
  let off = 0
  for (const [i, row] of expectedRows.entries()) {
    for (const [j, value] of row.entries()) {
      const actual = actualRows[i]![j]!
      const error = Math.abs(actual - value)
      const allowed = absolute + relative * Math.abs(value)
      if (error <= allowed) continue
      off++
      const excess = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / allowed
      if (off > 1 && excess <= worst.excess) continue
      worst = {
        excess,
        text: `${name}[${i}, ${j}]: expected ${value}, got ${actual} (off by ${error}, ${allowed} allowed)`,
      }
    }
  }
  expect.soft(off, `${off} numbers of ${name} are off; the worst is ${worst.text}`).toBe(0)
}

/** Compares all weights with the nested arrays of a fixture. */
export function expectWeights(got: Matrix[], expected: number[][][], tolerance: Tolerance) {
  expect(got.length, 'number of tensors').toBe(expected.length)
  for (const [k, tensor] of expected.entries()) expectClose(`tensor ${k}`, got[k]!, tensor, tolerance)
}
