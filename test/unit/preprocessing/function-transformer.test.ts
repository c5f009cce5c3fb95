import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  FormatError,
  MLPRegressor,
  Pipeline,
  pipeline,
  preprocessing,
  transformerFromJSON,
} from '../../../lib/index.js'

const { FunctionTransformer, registerFunction } = preprocessing
const rows = [
  [0.5, 2],
  [1, Number.NaN],
  [3, 40],
]
const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => void emit.mockClear())

describe('FunctionTransformer', () => {
  it('applies a function to each number but missing ones, and its inverse', async () => {
    const logs = await new FunctionTransformer({ func: 'log1p' }).fit(rows)
    const out = await logs.transform(rows)
    expect(out.toArray()).toEqual(rows.map((row) => row.map((value) => Math.fround(Math.log1p(value)))))
    const back = await logs.inverseTransform(out)
    for (const [k, value] of rows.flat().entries()) {
      if (Number.isNaN(value)) expect(back.data[k]).toBeNaN()
      else expect(back.data[k]).toBeCloseTo(value, 4)
    }
    expect(logs.featureNamesOut()).toEqual(['x0', 'x1'])
    expect(logs.transformSync([1, 2])).toEqual(Float32Array.of(Math.log(2), Math.log(3)))
    expect(emit).not.toHaveBeenCalled()
  })

  it.each([
    'log',
    'exp',
    'expm1',
    'log2',
    'exp2',
    'log10',
    'exp10',
    'sqrt',
    'square',
    'cbrt',
    'cube',
    'reciprocal',
    'negative',
  ])('%s has its inverse', async (func) => {
    await new FunctionTransformer({ func }).fit([[0.5], [1], [3]])
    expect(emit).not.toHaveBeenCalled()
  })

  it('warns of an inverse that is none', async () => {
    await new FunctionTransformer({ func: 'square' }).fit([[-2]])
    expect(emit).toHaveBeenCalledWith(
      'FunctionTransformer: sqrt is not the inverse of square for these rows: -2 becomes 2. Set checkInverse to false if inverseTransform is not needed.',
      { type: 'PreprocessingWarning', code: 'PERCEPTRA_PREPROCESSING' },
    )
    emit.mockClear()
    await new FunctionTransformer({ func: 'square', checkInverse: false }).fit([[-2]])
    await new FunctionTransformer({ func: 'abs' }).fit([[-2]])
    expect(emit).not.toHaveBeenCalled()
    const abs = await new FunctionTransformer({ func: 'abs' }).fit([[-2]])
    await expect(abs.inverseTransform([[2]])).rejects.toThrow('abs has none. Set inverseFunc')
  })

  it('takes registered functions, whose names alone are in files', async () => {
    registerFunction('test: plus its column', (value, column) => value + column)
    registerFunction('test: minus its column', (value, column) => value - column, { inverse: 'test: plus its column' })
    const minus = await new FunctionTransformer({ func: 'test: minus its column' }).fit([[1, 2]])
    expect(minus.transformSync([5, 5])).toEqual(Float32Array.of(5, 4))
    expect((await minus.inverseTransform([[5, 4]])).toArray()).toEqual([[5, 5]])
    const json = JSON.stringify(minus)
    expect(json).not.toContain('=>')
    expect(transformerFromJSON(JSON.parse(json)).transformSync([5, 5])).toEqual(Float32Array.of(5, 4))
  })

  it('stands in a ColumnTransformer and in the file of a pipeline', async () => {
    const x = Array.from({ length: 12 }, (_, i) => ({ size: 10 ** (i % 4), age: i }))
    const columns = new preprocessing.ColumnTransformer({
      transformers: [['log', new FunctionTransformer({ func: 'log10' }), ['size']]],
      remainder: 'passthrough',
    })
    const model = pipeline([columns, new MLPRegressor({ hiddenLayerSizes: [3], maxIter: 3, seed: 1 })])
    await model.fit(
      x,
      x.map(({ age }) => age),
    )
    const again = await Pipeline.load<MLPRegressor>(model.toBytes())
    expect(await again.predict(x)).toEqual(await model.predict(x))
    expect(model.transformSync(x[3]!)).toEqual(Float32Array.of(3, 3))
  })

  it('refuses names that are not registered, in options and in files', async () => {
    expect(() => new FunctionTransformer({ func: 'log1' })).toThrow(ArgumentError)
    expect(() => new FunctionTransformer({ func: 'log1' })).toThrow(
      /the name of a function.*got "log1".*registerFunction/,
    )
    expect(() => new FunctionTransformer({ func: Math.log as never })).toThrow('got a function (log)')
    expect(() => registerFunction('log', Math.log)).toThrow('another name than the built-in log')
    expect(() => registerFunction('test: none', 'x => x' as never)).toThrow(
      'a function of a number for the function test: none',
    )
    expect(() => registerFunction('test: none', Math.cos, { inverse: 'test: missing' })).toThrow('got "test: missing"')
    registerFunction('test: known here', Math.cos)
    const model = pipeline([
      new FunctionTransformer({ func: 'test: known here' }),
      new MLPRegressor({ maxIter: 1, seed: 1 }),
    ])
    await model.fit([[1], [2], [3]], [1, 2, 3])
    const text = Buffer.from(model.toBytes()).toString('latin1').replace('test: known here', 'test: known nor.')
    await expect(Pipeline.load(Buffer.from(text, 'latin1'))).rejects.toThrow(FormatError)
    await expect(Pipeline.load(Buffer.from(text, 'latin1'))).rejects.toThrow('got "test: known nor."')
  })
})
