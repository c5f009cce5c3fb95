import { describe, expect, it } from 'vitest'
import { Matrix, Pipeline, pipeline, preprocessing, Table } from '../../../lib/index.js'

const { ColumnTransformer, StandardScaler } = preprocessing

/** A transformer outside of the package: it has the methods of TransformerLike and no others. */
class Halves implements preprocessing.TransformerLike {
  nFeaturesIn = 0
  get isFitted() {
    return this.nFeaturesIn > 0
  }
  async fit(x: unknown) {
    this.nFeaturesIn = toMatrix(x).cols
  }
  async fitTransform(x: unknown) {
    await this.fit(x)
    return this.transform(x)
  }
  async transform(x: unknown) {
    return halve(toMatrix(x))
  }
  transformSync(x: unknown) {
    return x instanceof Float32Array ? x.map((value) => value / 2) : halve(toMatrix(x))
  }
  featureNamesOut(names?: readonly string[]) {
    return names ? [...names] : []
  }
  getParams() {
    return {}
  }
  setParams() {
    return this
  }
  clone() {
    return new Halves()
  }
  toJSON() {
    return { kind: 'Halves', params: {}, state: null }
  }
}

const toMatrix = (x: unknown) => {
  if (x instanceof Matrix) return x
  return x instanceof Table ? x.toMatrix() : Matrix.from(x as number[][])
}
const halve = (x: Matrix) =>
  new Matrix(
    x.data.map((value) => value / 2),
    x.rows,
    x.cols,
  )

describe('a transformer outside of the package', () => {
  it('is a step of a pipeline, with rows in float32', async () => {
    const model = pipeline([new StandardScaler(), new Halves()])
    const out = await model.fitTransform([[1], [3]])
    expect(out).toEqual(Matrix.from([[-0.5], [0.5]]))
    expect(await model.transform([[5]])).toEqual(Matrix.from([[1.5]]))
    expect(model.transformSync([5])).toEqual(new Float32Array([1.5]))
    await pipeline([new Halves(), new StandardScaler()]).fit([[1], [3]])
  })

  it('is a part of a ColumnTransformer', async () => {
    const columns = new ColumnTransformer({ transformers: [['halves', new Halves(), ['a']]], remainder: 'passthrough' })
    const rows = [
      { a: 1, b: 7 },
      { a: 3, b: 8 },
    ]
    expect(await columns.fitTransform(rows)).toEqual(
      Matrix.from([
        [0.5, 7],
        [1.5, 8],
      ]),
    )
    expect(columns.transformSync({ a: 4, b: 9 })).toEqual(new Float32Array([2, 9]))
  })
})

it('transformers have no string-named method for float64 rows', () => {
  const classes = [...Object.values(preprocessing), Pipeline].filter((value) => typeof value === 'function')
  expect(classes.length).toBeGreaterThan(10)
  for (const { prototype, name } of classes) {
    for (const key of ['apply', 'applySync', 'fitApply']) expect(key in (prototype ?? {}), name).toBe(false)
  }
})
