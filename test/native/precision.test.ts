import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layers, optimizers, Sequential } from '../../lib/index.js'
import { clean, runProgram } from './programs/run.js'

interface Printed {
  compiled: unknown
  auto: string[]
  precision: string
  sum: number
  loss: number
  total: number
  predicted: Record<'ways' | 'precisions' | 'loss' | 'newWeights', number>
}

// The reference kernels run on any CPU, and the processor's own give other last bits.
const folder = mkdtempSync(join(tmpdir(), 'perceptra-precision-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(kernels: string | undefined, ...args: string[]): Promise<Printed> {
  const env = { PERCEPTRA_BFLOAT16: kernels, PERCEPTRA_KERNELS: undefined }
  const { stdout, ...ended } = await runProgram('precision.ts', [folder, ...args], [], env)
  expect(ended).toMatchObject(clean)
  return JSON.parse(stdout)
}

describe('a model in bfloat16', () => {
  let made: Printed
  beforeAll(async () => {
    made = await run('reference', 'make')
  })

  it('says which precision is in use', () => {
    expect(made.compiled).toBe('bfloat16')
    expect(made.auto).toEqual(['float32', 'float32']) // the reference kernels are slow
  })

  it('predicts and evaluates in bfloat16 too, with the same bits in each way', () => {
    const { ways, precisions, loss, newWeights } = made.predicted
    expect(ways).toBe(0)
    expect(precisions).toBeGreaterThan(0)
    expect(precisions).toBeLessThan(0.02)
    expect(loss).toBeLessThan(1e-5)
    expect(newWeights).toBeLessThan(0.02) // the packed weights follow setWeights
  })

  it('continues from a file with the same bits', async () => {
    expect(await run('reference')).toMatchObject({ precision: 'bfloat16', sum: made.sum })
  })

  it('trains and predicts in float32 from a file where bfloat16 is not possible', async () => {
    const there = await run('none')
    expect(there).toMatchObject({ precision: 'float32', auto: ['float32', 'float32'] })
    expect(there.compiled).toEqual({
      name: 'MlpError',
      code: 'ERR_PRECISION',
      message:
        "Could not compute in bfloat16: PERCEPTRA_BFLOAT16 is 'none'. Use precision 'auto' for bfloat16 where it is " +
        "fast, or 'float32'.",
    })
    expect(there.sum).not.toBe(made.sum)
    expect(there.loss).toBeLessThan(2)
    expect(there.total).toBeCloseTo(1, 4)
  })

  it('rejects unknown kernels', async () => {
    const { compiled } = await run('sse2', 'compile')
    expect(compiled).toMatchObject({ code: 'ERR_NATIVE', message: expect.stringContaining("but got 'sse2'") })
  })
})

describe('a model in float32-fast', () => {
  const runFast = async (kernels: string, what: string) => {
    const env = { PERCEPTRA_BFLOAT16: kernels, PERCEPTRA_KERNELS: undefined }
    const { stdout, ...ended } = await runProgram('fast-precision.ts', [folder, what], [], env)
    expect(ended).toMatchObject(clean)
    return JSON.parse(stdout)
  }

  it('trains as in float32 up to rounding, and predicts in float32', async () => {
    const { precision, narrow, difference, prediction } = await runFast('reference', 'make')
    expect({ precision, narrow }).toEqual({ precision: 'float32-fast', narrow: 'float32' })
    expect(difference).toBeGreaterThan(0)
    expect(difference).toBeLessThan(1e-5)
    expect(prediction).toBe(0)
  })

  it('is float32 where the CPU has no tiles, with the same bits; files keep the option', async () => {
    expect(await runFast('none', 'make')).toMatchObject({ precision: 'float32', difference: 0 })
    expect(await runFast('none', 'load')).toEqual({ precision: 'float32' })
    expect(await runFast('reference', 'load')).toEqual({ precision: 'float32-fast' })
  })
})

describe('precision', () => {
  const model = new Sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })], seed: 1 })
  const compile = (options: object) => () => model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', ...options })

  it('is float32 by default, and compile sets it', () => {
    expect(model.precision).toBe('float32')
    compile({})()
    expect(model.precision).toBe('float32')
  })

  it('rejects unknown values', () => {
    expect(compile({ precision: 'float16' })).toThrow(
      'Expected one of float32, float32-fast, bfloat16, auto for precision',
    )
  })

  it('rejects lbfgs in bfloat16; auto and float32-fast are float32 for it', () => {
    expect(compile({ optimizer: optimizers.lbfgs(), precision: 'bfloat16' })).toThrow(
      /exact losses for its line search/,
    )
    for (const precision of ['auto', 'float32-fast']) {
      compile({ optimizer: optimizers.lbfgs(), precision })()
      expect(model.precision).toBe('float32')
    }
  })
})
