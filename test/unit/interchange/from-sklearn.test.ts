import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FormatError, Pipeline } from '../../../lib/index.js'
import { fromSklearn } from '../../../lib/interchange/sklearn/from-sklearn.js'
import { expectClose } from './close.js'

interface Fixture {
  model: object
  rows: unknown[]
  transform?: unknown[][]
  predict?: unknown[]
  predict_proba?: number[][]
}

interface Any {
  transformSync(rows: unknown): { data: Float32Array }
  predictSync(rows: unknown): unknown
  predictProbaSync(rows: unknown): { data: Float32Array }
}

const path = new URL('../../parity/fixtures/interchange/sklearn.json', import.meta.url)
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Fixture>

/** NaN is { number: 'nan' } in JSON. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  if ('number' in value) return Number.NaN
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
}
const flat = (value: unknown) => (plain(value) as unknown[]).flat() as number[]

describe.each(Object.entries(fixtures))('scikit-learn: %s', (_, { model: json, rows: raw, ...expected }) => {
  const rows = plain(raw)

  it('gives the results of scikit-learn', async () => {
    const model = (await fromSklearn(json)) as unknown as Any
    if (expected.transform) expectClose(model.transformSync(rows).data, flat(expected.transform))
    if (expected.predict_proba) expectClose(model.predictProbaSync(rows).data, flat(expected.predict_proba))
    if (expected.predict) {
      const predicted = model.predictSync(rows)
      const values = (predicted as { data?: Float32Array }).data ?? (predicted as ArrayLike<unknown>)
      const own = (Array.from(values as ArrayLike<unknown>) as unknown[]).flat()
      if (typeof own[0] === 'number') expectClose(own as number[], flat(expected.predict))
      else expect(own).toEqual(flat(expected.predict))
    }
  })
})

describe('fromSklearn', () => {
  it('reads a text, and what is saved again', async () => {
    const { model: json, rows, predict } = fixtures.pipeline!
    const model = await fromSklearn<Pipeline<{ predictSync(rows: unknown): unknown }>>(JSON.stringify(json))
    const again = await Pipeline.load(model.toBytes())
    expect(again.predictSync(plain(rows) as never)).toEqual(predict)
  })

  it('says what it cannot read', async () => {
    const forest = { class: 'RandomForestClassifier', params: {}, state: {} }
    await expect(fromSklearn(forest)).rejects.toThrow(/RandomForestClassifier/)
    await expect(fromSklearn({ class: 'StandardScaler', params: {}, state: {} })).rejects.toThrow(/is it fitted/)
    await expect(fromSklearn('{ "class": ')).rejects.toThrow(FormatError)
    await expect(fromSklearn('no.json')).rejects.toThrow(/Could not open/)
    const broken = JSON.parse(JSON.stringify(fixtures.linear!.model)) as { state: { coef_: unknown } }
    broken.state.coef_ = [1, 'a']
    await expect(fromSklearn(broken)).rejects.toThrow(/coef_\[1\]/)
  })
})
