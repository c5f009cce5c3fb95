import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  Matrix,
  MLPClassifier,
  modelSelection,
  Perceptron,
  preprocessing,
  SGDClassifier,
} from '../../lib/index.js'
import { fixture } from './support.js'

interface Behaviour {
  outcome: 'refused' | 'warns' | 'taken'
  message?: string
}

interface Constant {
  value: number
  rows: number
  batches: number
  var: number
  scale: number
  out: number
}

const { cases, constants } = fixture<{ cases: Record<string, Behaviour>; constants: Constant[] }>('behaviours.json')

const rows = Array.from({ length: 10 }, (_, i) => [2 * i, 2 * i + 1])
const labels = rows.map((_, i) => i % 2)
const groups = rows.map((_, i) => Math.floor(i / 2))
const fractions = [...labels.slice(0, 8), 0.5, 1.5]
const several = [...'011 101 110 001 111 010 000 100 011 110'.split(' ')].map((word) => [...word].map(Number))
const { trainTestSplit, ShuffleSplit } = modelSelection

/** Where we are stricter or more lenient than scikit-learn, and why. */
const differing: Record<string, Behaviour['outcome']> = {
  // scikit-learn does not look at them; a wrong length is a mistake all the same.
  'short groups TimeSeriesSplit': 'refused',
  // The columns of y are the classes, in the first call as well.
  'several labels, classes none': 'taken',
}

/** The cases of scripts/fixtures/make-behaviours.py. */
function* ours(): Generator<[string, () => unknown]> {
  for (const [testSize, trainSize] of [
    [0.6, 0.45],
    [0.5, 0.5],
    [0.7, 0.3],
    [0.3, 0.8],
    [6, 0.4],
  ] as const) {
    yield [`trainTestSplit ${testSize} ${trainSize}`, () => trainTestSplit(rows, labels, { testSize, trainSize })]
    yield [`ShuffleSplit ${testSize} ${trainSize}`, () => [...new ShuffleSplit({ testSize, trainSize }).split(rows)]]
  }
  const { KFold, StratifiedKFold, StratifiedShuffleSplit, RepeatedKFold, RepeatedStratifiedKFold } = modelSelection
  const { TimeSeriesSplit, GroupKFold, StratifiedGroupKFold } = modelSelection
  const two = { nSplits: 2 }
  const splitters = [
    ...[new KFold(two), new StratifiedKFold(two), new ShuffleSplit(two)],
    ...[new StratifiedShuffleSplit({ ...two, testSize: 0.4 }), new RepeatedKFold({ ...two, nRepeats: 2 })],
    ...[new RepeatedStratifiedKFold({ ...two, nRepeats: 2 }), new TimeSeriesSplit(two)],
    ...[new GroupKFold(two), new StratifiedGroupKFold(two)],
  ]
  for (const splitter of splitters) {
    const { name } = splitter.constructor
    yield [`groups ${name}`, () => [...splitter.split(rows, labels, groups)]]
    yield [`short groups ${name}`, () => [...splitter.split(rows, labels, groups.slice(0, 9))]]
  }
  const makers = {
    MLPClassifier: () => new MLPClassifier({ hiddenLayerSizes: [2], maxIter: 2 }),
    SGDClassifier: () => new SGDClassifier({ maxIter: 2, tol: null }),
    Perceptron: () => new Perceptron({ maxIter: 2, tol: null }),
  }
  for (const [name, make] of Object.entries(makers)) {
    yield [`fractions ${name}`, () => make().fit(rows, fractions)]
    yield [`whole numbers ${name}`, () => make().fit(rows, Float64Array.from(labels))]
  }
  const classes = { none: undefined, columns: [0, 1, 2], shuffled: [2, 0, 1], words: ['a', 'b', 'c'], fewer: [0, 1] }
  for (const [name, list] of Object.entries(classes)) {
    yield [
      `several labels, classes ${name}`,
      () => makers.MLPClassifier().partialFit(rows, several as never, { classes: list as never }),
    ]
  }
  for (const counts of [
    [5, 5],
    [8, 2],
    [3, 3, 3, 1],
  ]) {
    const y = counts.flatMap((count, k) => Array<string>(count).fill(`k${k}`))
    const encoder = new preprocessing.TargetEncoder({ cv: 4, shuffle: false })
    yield [
      `TargetEncoder [${counts.join(', ')}]`,
      () =>
        encoder.fitTransform(
          labels.map((label) => [label]),
          y,
        ),
    ]
  }
  const named = [
    { a: 1, b: 3 },
    { a: 2, b: 5 },
  ]
  const { StandardScaler, OneHotEncoder, SimpleImputer } = preprocessing
  for (const Kind of [StandardScaler, OneHotEncoder, SimpleImputer]) {
    for (const names of ['a b', 'b a', 'c d', 'a']) {
      const fit = async (x: unknown) => (await new Kind().fit(x as never)).featureNamesOut(names.split(' '))
      yield [`names ${Kind.name} ${names}`, () => fit(named)]
      yield [`names of an array ${Kind.name} ${names}`, () => fit(named.map(({ a, b }) => [a, b]))]
    }
  }
}

/** What a call does, with the text of its error or warning. */
async function outcomeOf(run: () => unknown): Promise<Behaviour> {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  try {
    await run()
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError)
    return { outcome: 'refused' }
  }
  for (const [, options] of emit.mock.calls) expect((options as { code?: string }).code).toMatch(/^PERCEPTRA_/)
  return { outcome: emit.mock.calls.length > 0 ? 'warns' : 'taken' }
}

afterEach(() => vi.restoreAllMocks())

describe('what scikit-learn refuses, warns of or takes', () => {
  const list = [...ours()]

  it('has every case of the fixture', () => {
    expect(list.map(([name]) => name).sort()).toEqual(Object.keys(cases).sort())
  })

  it.each(list)('%s', async (name, run) => {
    expect(await outcomeOf(run)).toEqual({ outcome: differing[name] ?? cases[name]!.outcome })
  })
})

describe('columns of one number', () => {
  it.each(constants)('$value, $rows rows in $batches: variance 0 and scale 1', async (constant) => {
    const { value, rows: count, batches } = constant
    const scaler = new preprocessing.StandardScaler()
    const half = Math.ceil(count / 2)
    const column = (length: number) => new Float64Array(length).fill(value)
    const parts = batches === 2 ? [column(half), column(count - half)] : [column(count)]
    for (const part of parts) await scaler.partialFit(part)
    // scikit-learn's own variance is 0 up to rounding; ours is 0.
    expect(constant.var).toBeLessThanOrEqual(1e-25 * value ** 2 + Number.MIN_VALUE)
    expect(scaler.var).toEqual(Float64Array.of(0))
    expect(scaler.scale).toEqual(Float64Array.of(constant.scale))
    expect(scaler.mean).toEqual(Float64Array.of(value))
    expect(scaler.transformSync([[value], [value]])).toEqual(new Matrix(new Float32Array(2), 2, 1))
  })
})
