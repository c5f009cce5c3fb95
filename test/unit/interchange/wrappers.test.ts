import { describe, expect, it } from 'vitest'
import {
  CalibratedClassifier,
  calibration,
  FixedThresholdClassifier,
  layers,
  MLPClassifier,
  NetworkClassifier,
  Perceptron,
  pipeline,
  preprocessing,
  SGDClassifier,
  Table,
  TunedThresholdClassifier,
} from '../../../lib/index.js'
import { type OnnxModel, toOnnx, toSource } from '../../../lib/interchange/index.js'
import { expectClose } from './close.js'
import { runSource } from './run-source.js'
import { distance, runOnnx } from './runtime.js'
import { classesOf, rowsOf } from './tables.js'

const x = rowsOf(200, 3)
const test = rowsOf(50, 3, 2)
const two = classesOf(x, 2).map((k) => (k ? 'yes' : 'no'))
const three = classesOf(x, 3)

interface Classifier {
  fit(x: unknown, y: unknown): Promise<unknown>
  predict(x: unknown): Promise<readonly unknown[]>
  predictProba(x: unknown): Promise<{ data: Float32Array; cols: number; row(i: number): Float32Array }>
}

const plain = (label: unknown) => (typeof label === 'bigint' ? Number(label) : label)

/** Fits, and compares labels and probabilities of the ONNX file and of the module with the model's. */
async function check(made: unknown, y: readonly unknown[], options: { input?: 'double'; within?: number } = {}) {
  const model = made as Classifier
  await model.fit(x, y)
  const expected = await model.predict(test)
  const shares = 'predictProba' in model ? await model.predictProba(test).catch(() => undefined) : undefined
  const outputs = await runOnnx(
    await toOnnx(model as never),
    { input: options.input ? Float64Array.from(test.data) : test.data },
    test.rows,
  )
  expect(Array.from(outputs.label!.data, plain)).toEqual(expected)
  const module = runSource(toSource(model))
  for (const [i, label] of expected.entries()) expect(module.predict(Array.from(test.row(i)))).toBe(label)
  expect('probabilities' in outputs).toBe(shares !== undefined)
  if (!shares) return
  expect(distance(outputs.probabilities!.data, shares.data)).toBeLessThan(options.within ?? 1e-6)
  for (let i = 0; i < test.rows; i++)
    expectClose(module.predictProba(Array.from(test.row(i))), shares.row(i), options.within)
}

const mlp = () => new MLPClassifier({ hiddenLayerSizes: [6], maxIter: 5, seed: 1 })
const sgd = () => new SGDClassifier({ loss: 'logLoss', seed: 1 })
const hinge = () => new SGDClassifier({ seed: 1 })
const scaled = () => pipeline([new preprocessing.StandardScaler(), mlp()])

describe('ONNX files and modules predict as', () => {
  for (const method of ['sigmoid', 'isotonic', 'temperature'] as const) {
    it.each([
      ['a network of two classes', mlp, two],
      ['a network of three classes', mlp, three],
      ['weighted sums of two classes', hinge, two],
      ['weighted sums of three classes', hinge, three],
    ])(`a CalibratedClassifier by ${method} of %s`, async (_, estimator, y) => {
      // The steep curves of isotonic regression enlarge what float32 rounds.
      const within = method === 'isotonic' ? 1e-5 : 1e-6
      await check(new CalibratedClassifier({ estimator: estimator() as never, method, cv: 3 }), y, { within })
    })
  }

  it.each([
    ['without ensemble', () => new CalibratedClassifier({ estimator: mlp(), ensemble: false, cv: 3 }), two],
    ['with a threshold of 0.8', () => new FixedThresholdClassifier({ estimator: sgd(), threshold: 0.8 }), two],
    ['with the other label as positive', () => new FixedThresholdClassifier({ estimator: mlp(), posLabel: 'no' }), two],
    [
      'with a threshold of weighted sums',
      () => new FixedThresholdClassifier({ estimator: hinge(), posLabel: 'no', threshold: -0.4 }),
      two,
    ],
    ['without probabilities', () => new FixedThresholdClassifier({ estimator: new Perceptron(), threshold: 1 }), two],
    [
      'with a tuned threshold',
      () => new TunedThresholdClassifier({ estimator: mlp(), cv: 3, scoring: 'f1' }),
      classesOf(x, 2),
    ],
    [
      'with a threshold of calibrated probabilities',
      () =>
        new FixedThresholdClassifier({
          estimator: new CalibratedClassifier({ estimator: hinge(), cv: 3 }),
          threshold: 0.3,
        }),
      two,
    ],
    [
      'calibrated after a threshold',
      () => new CalibratedClassifier({ estimator: new FixedThresholdClassifier({ estimator: hinge() }), cv: 2 }),
      two,
    ],
    [
      'of members',
      () =>
        new CalibratedClassifier({
          estimator: new NetworkClassifier({
            layers: [layers.dense({ units: 5, activation: 'relu' })],
            epochs: 2,
            seed: 1,
          }),
          cv: 2,
        }),
      three,
    ],
  ])('a classifier %s', async (_, make, y) => {
    await check(make(), y)
  })

  it.each([
    ['each with its own scaler', () => new CalibratedClassifier({ estimator: scaled(), cv: 3, method: 'temperature' })],
    [
      'behind a scaler',
      () => pipeline([new preprocessing.StandardScaler(), new CalibratedClassifier({ estimator: mlp() })]),
    ],
    ['a threshold on a pipeline', () => new FixedThresholdClassifier({ estimator: scaled(), threshold: 0.6 })],
    ['behind a pipeline of transformers', () => pipeline([pipeline([new preprocessing.StandardScaler()]), mlp()])],
  ])('classifiers with preparation: %s', async (_, make) => {
    await check(make(), two, { input: 'double' })
  })

  it('calibrated pipelines of named columns, with missing and unknown categories', async () => {
    const { ColumnTransformer, OneHotEncoder, SimpleImputer } = preprocessing
    const columns = new ColumnTransformer({
      transformers: [
        ['age', new SimpleImputer(), ['age']],
        ['job', new OneHotEncoder({ handleUnknown: 'ignore' }), ['job']],
      ],
    })
    const jobs = ['cook', 'clerk', 'nurse']
    const rows = Array.from({ length: 60 }, (_, i) => ({ age: i % 7 ? i : null, job: jobs[i % 3]! }))
    const estimator = pipeline([columns, new MLPClassifier({ hiddenLayerSizes: [4], maxIter: 20, seed: 1 })])
    const model = await new CalibratedClassifier({ estimator, cv: 3 }).fit(
      Table.fromRows(rows),
      rows.map(({ job }) => job === 'cook'),
    )
    const strangers = [
      { age: null, job: 'cook' },
      { age: 7, job: 'pilot' },
      { age: 90, job: 'nurse' },
    ]
    const expected = await model.predictProba(strangers)
    const inputs = {
      age: Float64Array.from(strangers, ({ age }) => age ?? Number.NaN),
      job: strangers.map(({ job }) => job),
    }
    const { probabilities, label } = await runOnnx(await toOnnx(model as OnnxModel), inputs, 3)
    expect(distance(probabilities!.data, expected.data)).toBeLessThan(1e-6)
    expect(Array.from(label!.data, Boolean)).toEqual(await model.predict(strangers))
    const module = runSource(toSource(model))
    expect(module.columns).toEqual(['age', 'job'])
    for (const [i, row] of strangers.entries()) expectClose(module.predictProba(row), expected.row(i))
  })
})

it('a SigmoidCalibration goes into the graph', async () => {
  for (const y of [two, three]) {
    const clf = await mlp().fit(x, y as string[])
    const sigmoid = new calibration.SigmoidCalibration().fit(await clf.predictProba(x), y)
    const bytes = await toOnnx(clf, { calibration: sigmoid })
    const { probabilities } = await runOnnx(bytes, { input: test.data }, test.rows)
    expect(distance(probabilities!.data, sigmoid.transform(await clf.predictProba(test)).data)).toBeLessThan(1e-6)
  }
})
