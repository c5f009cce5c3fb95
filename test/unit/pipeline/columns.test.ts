import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ArgumentError,
  MLPClassifier,
  Perceptron,
  Pipeline,
  pipeline,
  preprocessing,
  Table,
} from '../../../lib/index.js'
import { transformerFromJSON } from '../../../lib/pipeline/index.js'

const { ColumnTransformer, OneHotEncoder, StandardScaler, SimpleImputer } = preprocessing

/** b decides, a is noise of a larger size. */
const rows = Array.from({ length: 40 }, (_, i) => ({ a: ((i * 7) % 11) - 5, b: i % 2 === 0 ? 1 : -1 }))
const labels = rows.map(({ b }) => (b > 0 ? 'yes' : 'no'))
const turned = rows.map(({ a, b }) => ({ b, a }))

const estimatorAlone = () => pipeline([new Perceptron({ seed: 1 })])
const scaled = () => pipeline([new StandardScaler(), new MLPClassifier({ solver: 'lbfgs', seed: 1 })])
const byColumn = () =>
  pipeline([
    new ColumnTransformer({
      transformers: [
        ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['b']],
        ['cat', new OneHotEncoder({ handleUnknown: 'ignore' }), ['a']],
      ],
    }),
    new MLPClassifier({ solver: 'lbfgs', seed: 1 }),
  ])

/** The error of a call; a test fails without one. */
async function errorOf(call: () => unknown): Promise<ArgumentError> {
  try {
    await call()
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError)
    return error as ArgumentError
  }
  throw new Error('Expected an error')
}

describe.each([
  ['an estimator alone', estimatorAlone],
  ['a scaler and an estimator', scaled],
  ['a ColumnTransformer and an estimator', byColumn],
])('a pipeline of %s', (_, make) => {
  it('matches columns by name, whatever the order of keys or of the columns of a Table', async () => {
    const model = await make().fit(rows, labels)
    expect(model.featureNamesIn).toEqual(['a', 'b'])
    const expected = await model.predict(rows)
    expect(await model.score(rows, labels)).toBe(1)
    expect(await model.score(turned, labels)).toBe(1)
    expect(await model.score(Table.fromRows(turned), labels)).toBe(1)
    expect(await model.predict(turned)).toEqual(expected)
    expect(turned.map((row) => model.predictSync(row))).toEqual(expected)
    expect(
      await model.predict([
        { a: 1, b: 1 },
        { b: -1, a: 1 },
      ]),
    ).toEqual(['yes', 'no'])
  })

  it('matches columns by name after it was saved', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'columns-')), 'model.safetensors')
    await (await make().fit(rows, labels)).save(path)
    const again = await Pipeline.load<Perceptron>(path)
    expect(again.featureNamesIn).toEqual(['a', 'b'])
    expect(await again.score(turned, labels)).toBe(1)
    expect((await errorOf(() => again.predictSync({ a: 1, b: 1, c: 1 }))).column).toBe('c')
  })

  it('rejects missing and unknown columns in the same way one by one, in batches and in tables', async () => {
    const model = await make().fit(rows, labels)
    const cases: [row: object, column: string][] = [
      [{ a: 1 }, 'b'],
      [{ a: 1, b: 1, c: 1 }, 'c'],
    ]
    for (const [row, column] of cases) {
      const single = await errorOf(() => model.predictSync(row as never))
      expect(single).toMatchObject({ code: 'ERR_ARGUMENT', row: 0, column })
      const batch = await errorOf(() => model.predict([rows[0]!, rows[1]!, row] as never))
      expect(batch).toMatchObject({ code: 'ERR_ARGUMENT', row: 2, column })
      expect(batch.message).toBe(single.message.replace('row 0', 'row 2'))
      const table = await errorOf(() => model.predict(Table.fromRows([row] as never)))
      expect(table).toMatchObject({ code: 'ERR_ARGUMENT', column })
    }
  })

  it('names the row and column of a word where a number is expected', async () => {
    const model = await make().fit(rows, labels)
    const wrong = { a: 1, b: 'one' }
    const single = await errorOf(() => model.predictSync(wrong))
    expect(single).toMatchObject({ code: 'ERR_ARGUMENT', row: 0, column: 'b' })
    const batch = await errorOf(() => model.predict([rows[0]!, wrong]))
    expect(batch).toMatchObject({ code: 'ERR_ARGUMENT', row: 1, column: 'b' })
    expect(batch.message).toBe(single.message.replace('row 0', 'row 1'))
    expect(await errorOf(() => model.predict(Table.fromRows([wrong])))).toMatchObject({ row: 0, column: 'b' })
  })

  it("lets rows have other columns with unknownColumns: 'ignore'", async () => {
    const model = (await make().fit(rows, labels)).setParams({ unknownColumns: 'ignore' })
    expect(model.predictSync({ id: 7, a: 1, b: 1 })).toBe('yes')
    const wide = turned.map((row, id) => ({ id: `${id}`, ...row }))
    expect(await model.score(wide, labels)).toBe(1)
    expect(await model.score(Table.fromRows(wide), labels)).toBe(1)
  })
})

describe('a pipeline that was fitted with rows without names', () => {
  it.each([estimatorAlone, scaled])('rejects plain objects, which have no order', async (make) => {
    const model = await make().fit(
      rows.map(({ a, b }) => [a, b]),
      labels,
    )
    expect((await errorOf(() => model.predictSync({ a: 1, b: 1 }))).message).toContain('plain objects')
    expect((await errorOf(() => model.predict([{ a: 1, b: 1 }]))).message).toContain('plain objects')
  })
})

describe('the columns that a pipeline takes', () => {
  it("reads missing columns as null with missingColumns: 'impute'", async () => {
    const steps = [new SimpleImputer(), new StandardScaler(), new MLPClassifier({ solver: 'lbfgs', seed: 1 })] as const
    const model = await pipeline(steps, { missingColumns: 'impute' }).fit(rows, labels)
    expect(model.predictSync({ b: 1 })).toBe(model.predictSync({ a: null, b: 1 }))
    expect(await model.predict([{ b: -1 }, { a: 3, b: 1 }])).toEqual(['no', 'yes'])
    expect(await model.predict(Table.fromRows([{ b: -1 }]))).toEqual(['no'])
  })

  it('are parameters: checked, cloned and saved', async () => {
    expect(() => pipeline([new StandardScaler()], { unknownColumns: 'drop' as never })).toThrow('unknownColumns')
    expect(() => pipeline([new StandardScaler()], { unknown: 'ignore' } as never)).toThrow('Unknown option "unknown"')
    const model = pipeline([new StandardScaler()], { unknownColumns: 'ignore', missingColumns: 'impute' })
    expect(model.clone().getParams()).toMatchObject({ unknownColumns: 'ignore', missingColumns: 'impute' })
    await model.fit(rows)
    const bytes = await Pipeline.load(model.toBytes())
    expect(bytes.transformSync({ a: 0, b: 0, c: 1 })).toEqual(model.transformSync({ b: 0, a: 0 }))
    const json = transformerFromJSON(JSON.parse(JSON.stringify(model)))
    expect(json.transformSync({ c: 1, b: 0, a: 0 })).toEqual(model.transformSync({ a: 0, b: 0 }))
  })
})

describe('the place of an error', () => {
  it.each([
    [
      'a word among numbers',
      [
        [1, 2],
        [3, 'x'],
      ],
      { row: 1, column: 1 },
    ],
    ['a row of another length', [[1, 2], [3]], { row: 1 }],
    [
      'infinity',
      [
        [1, 2],
        [Infinity, 3],
      ],
      { row: 1, column: 0 },
    ],
  ])('is a property for %s', async (_, x, place) => {
    const model = await scaled().fit(
      rows.map(({ a, b }) => [a, b]),
      labels,
    )
    expect(await errorOf(() => model.predict(x as never))).toMatchObject(place)
  })

  it('is a property for NaN in the rows of an estimator', async () => {
    const clf = await new Perceptron().fit([[0], [1]], ['no', 'yes'])
    expect(await errorOf(() => clf.predict([[1], [Number.NaN]]))).toMatchObject({ row: 1, column: 0 })
  })

  it('is a property for an unknown category', async () => {
    const encoder = await new OneHotEncoder().fit([{ job: 'cook' }, { job: 'clerk' }])
    const error = await errorOf(() => encoder.transform([{ job: 'cook' }, { job: 'pilot' }]))
    expect(error).toMatchObject({ row: 1, column: 'job' })
  })

  it('is a property for an entry of another kind in a Table', async () => {
    expect(await errorOf(() => Table.fromRows([{ a: 1 }, { a: 'x' }]))).toMatchObject({ row: 1, column: 'a' })
  })
})
