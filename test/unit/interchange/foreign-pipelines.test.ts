import { describe, expect, it, vi } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { MLPRegressor, type Pipeline, pipeline, preprocessing, Sequential } from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'
import { checkLabels } from '../../../lib/interchange/onnx/read/preparation/verify.js'
import { int, text, texts } from '../../../lib/interchange/onnx/write/attributes.js'
import { fileParts } from '../../../lib/interchange/onnx/write/encode.js'
import { Graph } from '../../../lib/interchange/onnx/write/graph.js'
import { runOnnx } from './runtime.js'

// Graphs that no exporter writes so: what fromOnnx makes of them must give what the graph gives, or be refused.

const fileOf = (graph: Graph) => Buffer.concat(fileParts(graph, 'graph'))
const scalar = (graph: Graph, value: number) => graph.constant(Float32Array.of(value), [])

/** Numbers a and words w, one-hot, before a sum; `prepare` is what becomes of the numbers. */
function sumOf(prepare: (graph: Graph, x: string) => string, type: 'float' | 'int64' = 'float', words = ['a', 'b']) {
  const graph = new Graph()
  const x = graph.input('x', type, 1).name
  const w = graph.input('w', 'string', 1).name
  const numbers = type === 'float' ? x : graph.node('Cast', [x], { to: int(1) })
  const hot = graph.mlNode('OneHotEncoder', [w], { cats_strings: texts(words), zeros: int(1) })
  const flat = graph.node('Reshape', [hot, graph.integers([-1, words.length])])
  const table = graph.node('Concat', [prepare(graph, numbers), flat], { axis: int(1) })
  const kernel = graph.constant(Float32Array.from([1, ...words.map((_, k) => k + 4)]), [words.length + 1, 1])
  const name = graph.node('Gemm', [table, kernel, graph.constant(Float32Array.of(0), [1])])
  graph.output({ name, type: 'float', columns: 1 }, 'variable')
  return fileOf(graph)
}

type Read = Pipeline & { predict(rows: unknown): Promise<ArrayLike<number>>; predictSync(row: unknown): number }

const filled = (graph: Graph, x: string) => graph.node('Where', [graph.node('IsNaN', [x]), scalar(graph, 5), x])

/** What the pipeline gives for numbers is what onnxruntime gives; or the file is refused. */
async function agrees(bytes: Uint8Array, numbers: readonly number[]): Promise<'equal' | 'refused'> {
  const model = await fromOnnx<Read>(bytes).catch((error: Error) => error)
  if (model instanceof Error) {
    expect(model).toMatchObject({ code: 'ERR_FORMAT' })
    return 'refused'
  }
  const own = await model.predict(numbers.map((x) => ({ x, w: 'a' })))
  const inputs = { x: Float32Array.from(numbers), w: numbers.map(() => 'a') }
  const { variable } = await runOnnx(bytes, inputs, numbers.length)
  for (const [k, value] of Array.from(variable!.data as ArrayLike<number>).entries()) {
    expect(Math.abs(own[k]! - value), `${numbers[k]}`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)))
  }
  return 'equal'
}

describe('fromOnnx of whole numbers', () => {
  it('has no fill for a missing one: it is refused', async () => {
    const model = await fromOnnx<Read>(sumOf((_, x) => x, 'int64'))
    expect(model.predictSync({ x: 3, w: 'a' })).toBe(7)
    expect(() => model.predictSync({ x: null, w: 'a' })).toThrow(/x/)
  })
})

describe('fromOnnx tells functions apart', () => {
  const far = [4, 100, 2000, 1e4, 1e6]

  it('that differ for large numbers only', async () => {
    expect(
      await agrees(
        sumOf((g, x) => g.node('Sqrt', [filled(g, x)])),
        far,
      ),
    ).toBe('equal')
    const limited = sumOf((g, x) => g.node('Sqrt', [g.node('Min', [filled(g, x), scalar(g, 5000)])]))
    expect(await agrees(limited, far)).toBe('refused')
  })

  it('that differ between two limits only', async () => {
    const hole = (low: number, high: number, before = (_: Graph, x: string) => x) =>
      sumOf((graph, x) => {
        const value = before(graph, x)
        const above = graph.node('Greater', [value, scalar(graph, low)])
        const below = graph.node('Less', [value, scalar(graph, high)])
        return graph.node('Where', [graph.node('And', [above, below]), scalar(graph, 0), x])
      })
    const between = [4, 100, 250, 500, 950, 2000]
    expect(await agrees(hole(200, 900), between)).toBe('refused')
    expect(await agrees(hole(131, 131.5), [131.2])).toBe('refused')
    // The limits are those of another number than the entry.
    const half = (graph: Graph, x: string) => graph.node('Mul', [x, scalar(graph, 0.5)])
    expect(await agrees(hole(200, 201, half), [401])).toBe('refused')
    const away = (graph: Graph, x: string) => graph.node('Abs', [graph.node('Sub', [x, scalar(graph, 612)])])
    expect(await agrees(hole(-1, 3, away), [611])).toBe('refused')
  })

  it('by the limits of Min, Max and Clip', async () => {
    const most = (limit: number) => sumOf((g, x) => g.node('Min', [x, scalar(g, limit)]))
    expect(await agrees(most(2e12), [1e6])).toBe('equal')
    // A MinMaxScaler from -1e30 on that clips.
    expect(await agrees(most(3000), [-1e6, 4, 2999, 3001, 5000, 1e6])).toBe('equal')
    const clip = sumOf((g, x) => g.node('Clip', [g.node('Mul', [x, scalar(g, 0.25)]), scalar(g, 0), scalar(g, 100)]))
    expect(await agrees(clip, [-8, 0, 40, 399, 401, 1e6])).toBe('equal')
    const bent = sumOf((g, x) => g.node('Add', [x, g.node('Max', [g.node('Sub', [x, scalar(g, 5000)]), scalar(g, 0)])]))
    expect(await agrees(bent, [6000])).toBe('refused')
  })
})

describe('fromOnnx of words', () => {
  it('keeps an empty string that is a category of its own', async () => {
    const model = await fromOnnx<Read>(sumOf((_, x) => x, 'float', ['', 'b', 'c']))
    expect(model.predictSync({ x: 0, w: '' })).toBe(4)
    expect(model.predictSync({ x: 0, w: 'c' })).toBe(6)
    expect(model.predictSync({ x: 0, w: 'z' })).toBe(0)
  })
})

/** A classifier by linear scores of a number and a word, whose last class never wins; `label` writes labels of places. */
function classifierOf(label: (graph: Graph, place: string) => string, type: 'int64' | 'string') {
  const graph = new Graph()
  const x = graph.input('x', 'float', 1).name
  const w = graph.input('w', 'string', 1).name
  const hot = graph.mlNode('OneHotEncoder', [w], { cats_strings: texts(['a', 'b']), zeros: int(1) })
  const flat = graph.node('Reshape', [hot, graph.integers([-1, 2])])
  const table = graph.node('Concat', [x, flat], { axis: int(1) })
  const kernel = graph.constant(Float32Array.of(1, -1, 1, 2, 3, 2, 3, 2, 3), [3, 3])
  const scores = graph.node('Gemm', [table, kernel, graph.constant(Float32Array.of(0, 1, -1e9), [3])])
  const place = graph.node('ArgMax', [scores], { axis: int(1), keepdims: int(0) })
  graph.output({ name: label(graph, place), type, columns: undefined }, 'label')
  graph.output({ name: scores, type: 'float', columns: 3 }, 'scores')
  return fileOf(graph)
}

type Classifier = Pipeline & { predictSync(row: unknown): unknown; namedSteps: { network: { classes: unknown[] } } }

describe('fromOnnx of labels', () => {
  it('takes those of a table, as the nodes after it change them', async () => {
    const bytes = classifierOf((graph, place) => {
      const word = graph.node('Gather', [graph.strings(['l', 'o', 'q']), place])
      const words = {
        keys_strings: texts(['l', 'o', 'q']),
        values_strings: texts(['l', 'o', 'r']),
        default_string: text('s'),
      }
      return graph.mlNode('LabelEncoder', [word], words)
    }, 'string')
    const model = await fromOnnx<Classifier>(bytes)
    expect(model.predictSync({ x: 1, w: 'a' })).toBe('l')
    expect(model.namedSteps.network.classes).toEqual(['l', 'o', 'r'])
  })

  it('takes no other constant for them', async () => {
    // The bias is 0, 1 and -1e9, and the labels are 0 and 1.
    await expect(fromOnnx(classifierOf((_, place) => place, 'int64'))).rejects.toThrow(
      "its output 'label' is not the label of the largest probability",
    )
  })

  it('disposes the network that an estimator copies, also where the labels are refused', async () => {
    const dispose = vi.spyOn(Sequential.prototype, 'dispose')
    try {
      const pipe = await pipeline([new preprocessing.SimpleImputer(), new MLPRegressor({ maxIter: 1, seed: 1 })])
      const bytes = await toOnnx(await pipe.fit([[1], [2], [4]], [1, 2, 3]))
      dispose.mockClear()
      const model = await fromOnnx<Pipeline>(bytes)
      expect(dispose).toHaveBeenCalledTimes(1)
      expect(model.predictSync([1])).toBeTypeOf('number')
      await expect(fromOnnx(classifierOf((_, place) => place, 'int64'))).rejects.toThrow('is not the label')
      expect(dispose.mock.calls.length).toBeGreaterThan(1)
    } finally {
      dispose.mockRestore()
    }
  })

  it('compares them with those of the pipeline', () => {
    const rows = { rows: [[1], [2], [3]], outside: () => false, skipped: () => false }
    const labels = { dims: [3], data: ['a', 'b', 'a'] }
    const pipelineOf = (own: string[]) => ({ predictSync: ([x]: number[]) => own[x! - 1] }) as unknown as Pipeline
    const scores = { dims: [3, 2], data: [2, 1, 0, 3, 1, 1] }
    // The third has two equal scores.
    runNow(checkLabels(pipelineOf(['a', 'b', 'b']), rows, labels, scores, 'file'))
    expect(() => runNow(checkLabels(pipelineOf(['a', 'a', 'a']), rows, labels, scores, 'file'))).toThrow(
      'what was read of it gives the label a for the row [2], where it gives b',
    )
  })
})

it('a file that is neither network nor pipeline tells both reasons', async () => {
  const bytes = sumOf((g, x) => g.node('Floor', [g.node('Mul', [x, scalar(g, 0.3)])]))
  const error = await fromOnnx(bytes).catch((cause: Error) => cause)
  expect(error).toMatchObject({ code: 'ERR_FORMAT', cause: { code: 'ERR_FORMAT' } })
})
