import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Pipeline } from '../../lib/index.js'
import { fromOnnx } from '../../lib/interchange/index.js'
import { distance } from '../unit/interchange/runtime.js'

// Made by scripts/fixtures/make-onnx-pipelines.py.
const folder = fileURLToPath(new URL('fixtures/onnx-pipelines/', import.meta.url))

interface Output {
  dims: number[]
  data: (number | string)[]
}

interface Fixture {
  /** The inputs of the graph. */
  names: string[]
  rows: (number | string | null)[][]
  /** What onnxruntime computes: of classifiers these two, of regressors the last one. */
  label?: Output
  probabilities?: Output
  /** Of classifiers without probabilities, in their place. */
  scores?: Output
  variable?: Output
  /** For files that are refused: the operator that a message names. */
  reason?: string
}

const index = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as Record<string, Fixture>
const all = Object.entries(index)

/** Rows of a matrix, or objects by the names of inputs. */
function rowsOf({ names, rows }: Fixture): unknown[] {
  if (names.length === 1) return rows.map((row) => row.map((cell) => cell ?? Number.NaN))
  return rows.map((row) => Object.fromEntries(row.map((cell, k) => [names[k], cell])))
}

describe('a pipeline of skl2onnx predicts as onnxruntime does:', () => {
  it.each(all.filter(([, { reason }]) => !reason))('%s', async (name, fixture) => {
    const model = (await fromOnnx(`${folder}${name}.onnx`)) as Pipeline
    expect(model).toBeInstanceOf(Pipeline)
    const rows = rowsOf(fixture) as never
    const outputs = await (model.predict as (x: never) => Promise<ArrayLike<unknown>>)(rows)
    if (fixture.scores) {
      expect(outputs).toEqual(fixture.label!.data)
      return
    }
    if (!fixture.probabilities) {
      expect(distance(outputs, fixture.variable!.data)).toBeLessThan(1e-6)
      return
    }
    expect(outputs).toEqual(fixture.label!.data)
    const { data } = await (model.predictProba as (x: never) => Promise<{ data: Float32Array }>)(rows)
    expect(distance(data, fixture.probabilities.data)).toBeLessThan(1e-6)
  })
})

describe('preparation that perceptra has not is refused by the name of a node:', () => {
  it.each(all.filter(([, { reason }]) => reason))('%s', async (name, { reason }) => {
    const path = `${folder}${name}.onnx`
    await expect(fromOnnx(path)).rejects.toThrow(new RegExp(`cannot be read as ONNX: node ".*" \\(${reason}\\)`))
    await expect(fromOnnx(path)).rejects.toThrow(expect.objectContaining({ code: 'ERR_FORMAT' }))
  })
})
