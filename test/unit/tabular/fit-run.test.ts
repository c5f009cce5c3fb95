import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { inside } from '../../../lib/estimators/inside.js'
import { metadataKey } from '../../../lib/files/metadata.js'
import { decodeSafetensors } from '../../../lib/files/safetensors.js'
import { TabularClassifier, type TabularProgress, TabularRegressor } from '../../../lib/tabular/index.js'
import { edgesOfBins, inputsOfPlan } from '../../../lib/tabular/inputs.js'
import type { Plan } from '../../../lib/tabular/plan.js'

const rows = Array.from({ length: 80 }, (_, i) => ({ a: i, b: (i * 7) % 11, n: 30 * i, y: i < 40 ? 'low' : 'high' }))
const empty = rows.map(({ a, y }) => ({ a, none: null, y }))

describe('fit', () => {
  it('learns with a column of numbers that has none', async () => {
    const model = await new TabularClassifier({ preset: 'balanced', seed: 1 }).fit(empty, {
      ...{ target: 'y', columns: { none: 'number' }, timeLimit: 1 },
    })
    expect(model.classes).toEqual(['high', 'low'])
  })

  it('refuses columns without a value', async () => {
    const fitting = new TabularClassifier({ seed: 1 }).fit(empty, {
      ...{ target: 'y', columns: { a: 'ignored', none: 'category' }, timeLimit: 1 },
    })
    await expect(fitting).rejects.toThrow('no cell of the rows to train with has a value')
  })

  it.each(['rmse', 'mae'] as const)('tells the score in the unit of %s', async (metric) => {
    const scores: number[] = []
    const onProgress = ({ score }: TabularProgress) => {
      if (score !== undefined) scores.push(score)
    }
    const validation = rows.slice(0, 30)
    const model = await new TabularRegressor({ preset: 'balanced', seed: 1 }).fit(rows, {
      ...{ target: 'n', columns: { y: 'ignored' }, metric, validation, timeLimit: 1, onProgress },
    })
    const score = model.report.training.score!
    expect(scores.at(-1)! / score).toBeGreaterThan(0.3)
    expect(scores.at(-1)! / score).toBeLessThan(3)
  })

  it('has no score where the held-out rows lack a class that auc needs', async () => {
    const given = rows.map((row, i) => ({ ...row, y: i === 3 ? 'rare' : row.y }))
    const model = await new TabularClassifier({ seed: 1 }).fit(given, { target: 'y', metric: 'auc', timeLimit: 1 })
    expect(model.report.training.score).toBeNull()
  })

  it('leaves networks that predict in float32 on every processor, and can be updated', async () => {
    const model = await new TabularClassifier({ preset: 'balanced', seed: 1 }).fit(rows, { target: 'y', timeLimit: 1 })
    const { ensemble } = model[inside]()
    for (const { network } of ensemble.parts) {
      const { metadata } = decodeSafetensors(network.toBytes(), 'The network')
      // A file has the precision where it is another one.
      expect(JSON.parse(metadata[metadataKey]!).compile).not.toHaveProperty('precision')
      expect(network.precision).toBe('float32')
    }
    expect((await model.update(rows, { epochs: 1 })).rows).toBe(64)
  })
})

describe('inputsOfPlan', () => {
  it('has edges of the rows to train with', () => {
    const column = { name: 'a', kind: 'number', at: 0, mean: 0, values: [], hotAt: -1, missingAt: -1, isSign: false }
    const more = { newest: 0, hasTime: false, bins: 0, edges: [], binsAt: -1, knots: [], levels: [], levelAt: -1 }
    const scales = { center: new Float64Array(1), factor: new Float64Array(1) }
    const plan = { columns: [{ ...column, ...more }], width: 1, ...scales } as Plan
    const x = new Matrix(Float32Array.of(1, 900, 2, 3, -900), 5, 1)
    const { edges } = runNow(inputsOfPlan(plan, x, Uint32Array.of(0, 2, 3)))
    const { rows, different } = edges[0]!
    expect([rows[0], rows.at(-1), different[0], different.at(-1)]).toEqual([1, 3, 1, 3])
  })

  it('has bins for rare values of a column that is mostly zeros', () => {
    const grid = Array.from({ length: 97 }, (_, k) => k)
    const zeros = { rows: grid.map((k) => Math.max(k - 90, 0)), different: grid }
    expect(edgesOfBins(zeros, 4)).toEqual([0, 6, 32, 64, 96])
    expect(edgesOfBins({ rows: grid, different: grid }, 4)).toEqual([0, 24, 48, 72, 96])
    const constant = grid.map(() => 3)
    expect(edgesOfBins({ rows: constant, different: constant }, 4)).toEqual([3])
  })
})
