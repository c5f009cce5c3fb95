// Calls native code wrongly in many ways. Prints every wrong call that did not throw the expected error.
import { floats, makeCompiled, makeNative, meanSquaredError, native, sgd, spec, withLayer } from './native-model.js'

type Code = 'ERR_ARGUMENT' | 'ERR_BUSY' | 'ERR_DISPOSED' | 'ERR_NOT_COMPILED' | 'TypeError'
const failures: string[] = []

async function expectError(name: string, code: Code, call: () => unknown): Promise<void> {
  try {
    await call()
    failures.push(`${name}: nothing was thrown`)
  } catch (error) {
    const actual = error instanceof TypeError ? 'TypeError' : (error as NodeJS.ErrnoException).code
    if (actual !== code || (error as Error).message === '') failures.push(`${name}: expected ${code}, got ${error}`)
  }
}

const any = (value: unknown): never => value as never
const wrongCounts: unknown[] = [Number.NaN, -1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, null, undefined, '1', 1n, {}]
const classes = (...numbers: number[]) => new native.Dataset(floats(4 * numbers.length), 4, new Int32Array(numbers), 1)
const data = new native.Dataset(floats(40), 4, floats(30), 3)
const snapshot = new native.Snapshot()
const epoch = { batchSize: 2, shuffle: true, epoch: 0, threads: 1 }

// A wrong `this` or argument object.
const { model } = makeCompiled()
for (const name of Object.getOwnPropertyNames(native.Model.prototype).filter((name) => name !== 'constructor')) {
  const method = (native.Model.prototype as never)[name] as () => unknown
  for (const wrong of [undefined, {}, data, Object.create(model), new Proxy(model, {}), native.Model.prototype]) {
    await expectError(`${name} borrowed by ${typeof wrong}`, 'TypeError', () => method.call(any(wrong)))
  }
}
await expectError('Model without new', 'TypeError', () => (native.Model as unknown as () => void)())
await expectError('Dataset.dispose borrowed', 'TypeError', () => data.dispose.call(any(model)))
for (const wrong of [undefined, null, 1, {}, model, Object.create(data), new Proxy(data, {})]) {
  await expectError('beginEpoch without data', 'ERR_ARGUMENT', () => model.beginEpoch(any(wrong), epoch))
  await expectError('predict without data', 'ERR_ARGUMENT', () => model.predict(any(wrong), 0, floats(30), 1, snapshot))
}

// Sizes.
for (const count of wrongCounts) {
  const wrong = `the count ${typeof count} ${String(count)}`
  await expectError(`inputs ${wrong}`, 'ERR_ARGUMENT', () => new native.Model({ ...spec, inputs: any(count) }))
  await expectError(`units ${wrong}`, 'ERR_ARGUMENT', () => new native.Model(withLayer({ units: any(count) })))
  await expectError(`columns ${wrong}`, 'ERR_ARGUMENT', () => new native.Dataset(floats(4), any(count), null, 0))
  await expectError(`batchSize ${wrong}`, 'ERR_ARGUMENT', () =>
    model.beginEpoch(data, { ...epoch, batchSize: any(count) }),
  )
  await expectError(`threads ${wrong}`, 'ERR_ARGUMENT', () => model.beginEpoch(data, { ...epoch, threads: any(count) }))
  await expectError(`rows ${wrong}`, 'ERR_ARGUMENT', () => model.predictSync(floats(4), any(count), floats(3)))
  await expectError(`first row ${wrong}`, 'ERR_ARGUMENT', () =>
    model.predict(data, any(count), floats(30), 1, snapshot),
  )
}
await expectError('no columns', 'ERR_ARGUMENT', () => new native.Dataset(floats(4), 0, null, 0))
await expectError('half a row', 'ERR_ARGUMENT', () => new native.Dataset(floats(5), 4, null, 0))
await expectError('an empty batch', 'ERR_ARGUMENT', () => model.beginEpoch(data, { ...epoch, batchSize: 0 }))
await expectError('2^40 units', 'ERR_ARGUMENT', () => new native.Model(withLayer({ units: 2 ** 40 })))
await expectError('no layers', 'ERR_ARGUMENT', () => new native.Model({ ...spec, layers: [] }))
const wide = new native.Model({ ...withLayer({ units: 4096 }), inputs: 4096 })
await expectError('rows that overflow', 'ERR_ARGUMENT', () => wide.predictSync(floats(0), 2 ** 52, floats(0)))

// Arrays of a wrong type or length.
const bytes = new Uint8Array(1e5)
await expectError('short weights', 'ERR_ARGUMENT', () => model.setWeights(floats(14)))
await expectError('weights in bytes', 'ERR_ARGUMENT', () => model.setWeights(any(new Uint8Array(15))))
await expectError('weights past the end', 'ERR_ARGUMENT', () => model.setWeights(floats(15), 8, 16))
await expectError('reading past the end', 'ERR_ARGUMENT', () => model.readWeights(floats(8), 8, new native.Snapshot()))
await expectError('a permutation past the end', 'ERR_ARGUMENT', () =>
  native.permutePart(new Uint32Array(4), 1, 0, 2, 5, 0),
)
await expectError('a permutation of floats', 'ERR_ARGUMENT', () => native.permutePart(any(floats(4)), 1, 0, 0, 4, 0))
await expectError('short x', 'ERR_ARGUMENT', () => model.predictSync(floats(3), 1, floats(3)))
await expectError('short out', 'ERR_ARGUMENT', () => model.predictSync(floats(4), 1, floats(2)))
await expectError('out in bytes', 'ERR_ARGUMENT', () =>
  model.predictSync(bytes.subarray(0, 4e4), 1e4, any(bytes.subarray(3e4))),
)
for (const wrong of [undefined, null, {}, data, model]) {
  await expectError('a wrong snapshot', 'ERR_ARGUMENT', () => model.predict(data, 0, floats(30), 1, any(wrong)))
}
await expectError('short out of predict', 'ERR_ARGUMENT', () => model.predict(data, 0, floats(29), 1, snapshot))
await expectError('out of predict in bytes', 'ERR_ARGUMENT', () => model.predict(data, 0, any(bytes), 1, snapshot))
for (const which of [undefined, [0], new Int32Array(1), new Int32Array(10).fill(3), new Int32Array(10).fill(-1)]) {
  await expectError('outputs there are not', 'ERR_ARGUMENT', () =>
    model.inputGradients(data, 0, floats(40), 1, snapshot, any(which)),
  )
}
await expectError('a bound row in bytes', 'ERR_ARGUMENT', () => model.bindRow(any(new Uint8Array(4)), floats(3)))
await expectError('a bound row too short', 'ERR_ARGUMENT', () => model.bindRow(floats(4), floats(2)))
await expectError('targets for fewer rows', 'ERR_ARGUMENT', () => new native.Dataset(floats(8), 4, floats(3), 3))
await expectError(
  'classes for fewer rows',
  'ERR_ARGUMENT',
  () => new native.Dataset(floats(8), 4, new Int32Array(1), 1),
)

// Data of another shape, and calls in the wrong order.
await expectError('train without an epoch', 'ERR_ARGUMENT', () => model.train(1, new Float64Array(1), 1))
await expectError('an epoch without rows', 'ERR_ARGUMENT', () =>
  model.beginEpoch(new native.Dataset(floats(0), 4, floats(0), 3), epoch),
)
const other = new native.Dataset(floats(10), 5, floats(2), 1)
await expectError('other columns', 'ERR_ARGUMENT', () => model.beginEpoch(other, epoch))
await expectError('no targets', 'ERR_ARGUMENT', () =>
  model.beginEpoch(new native.Dataset(floats(8), 4, null, 0), epoch),
)
await expectError('a negative class', 'ERR_ARGUMENT', () => classes(0, -1))
const classifier = makeNative(4, 'softmax')
await expectError('not compiled', 'ERR_NOT_COMPILED', () => classifier.beginEpoch(classes(0, 1), epoch))
classifier.compile({ loss: { name: 'sparseCategoricalCrossentropy', fromLogits: false }, optimizer: sgd, metrics: [] })
await expectError('a class too large', 'ERR_ARGUMENT', () => classifier.beginEpoch(classes(0, 3), epoch))
await expectError('a class too large', 'ERR_ARGUMENT', () => classifier.evaluate(classes(0, 3), 0, 1))
model.beginEpoch(data, epoch)
await expectError('too few rates', 'ERR_ARGUMENT', () => model.train(5, new Float64Array(4), 1))
await expectError('rates in bytes', 'ERR_ARGUMENT', () => model.train(5, any(bytes), 1))
const state = model.getOptimizerState()
await expectError('no slots', 'ERR_ARGUMENT', () => model.setOptimizerState({ ...state, slots: [] }))
await expectError('short slots', 'ERR_ARGUMENT', () => model.setOptimizerState({ ...state, slots: [floats(14)] }))
await expectError('steps -1', 'ERR_ARGUMENT', () => model.setOptimizerState({ ...state, steps: -1 }))

// Getters that dispose the model during the call.
const disposing = () => {
  const disposable = makeCompiled().model
  const get = () => {
    disposable.dispose()
    return 1
  }
  return { disposable, get }
}
const a = disposing()
await expectError('a batch that disposes', 'ERR_DISPOSED', () =>
  a.disposable.beginEpoch(data, Object.defineProperty({ ...epoch }, 'batchSize', { get: a.get })),
)
const b = disposing()
await expectError('steps that dispose', 'ERR_DISPOSED', () =>
  b.disposable.setOptimizerState(Object.defineProperty({ ...state }, 'steps', { get: b.get })),
)
const c = disposing()
await expectError('metrics that dispose', 'ERR_DISPOSED', () =>
  c.disposable.compile({ ...meanSquaredError, metrics: [any({ toString: () => c.get() && 'meanAbsoluteError' })] }),
)
await expectError('rows as an object', 'ERR_ARGUMENT', () =>
  model.predictSync(floats(4), any({ valueOf: () => 1 }), floats(3)),
)

// During a slice.
const slice = model.train(5, new Float64Array(1), 100)
for (const [name, call] of Object.entries({
  train: () => model.train(1, new Float64Array(1), 1),
  beginRun: () => model.beginRun(),
  endRun: () => model.endRun(),
  beginEpoch: () => model.beginEpoch(data, epoch),
  evaluate: () => model.evaluate(data, 0, 1),
  compile: () => model.compile(meanSquaredError),
  setWeights: () => model.setWeights(floats(15)),
  getOptimizerState: () => model.getOptimizerState(),
  setOptimizerState: () => model.setOptimizerState(state),
  dispose: () => model.dispose(),
})) {
  await expectError(`${name} during a slice`, 'ERR_BUSY', call)
}
data.dispose()
const { steps } = await slice
if (steps !== 5) failures.push(`a slice whose data were disposed took ${steps} of 5 steps`)
const evaluation = classifier.evaluate(classes(0, 1, 2), 0, 1)
await expectError('compile during evaluate', 'ERR_BUSY', () =>
  classifier.compile(any({ ...meanSquaredError, metrics: [] })),
)
await evaluation

// After dispose.
await expectError('an epoch whose data were disposed', 'ERR_DISPOSED', () => model.train(1, new Float64Array(1), 1))
await expectError('disposed data', 'ERR_DISPOSED', () => model.beginEpoch(data, epoch))
const row = model.bindRow(floats(4), floats(3))
model.dispose()
model.dispose()
row()
await expectError('a disposed model', 'ERR_DISPOSED', () => model.roundWeights('int8'))
await expectError('a disposed model', 'ERR_DISPOSED', () => model.getWeights())
await expectError('a disposed model', 'ERR_DISPOSED', () => model.predictSync(floats(4), 1, floats(3)))
await expectError('a disposed model', 'ERR_DISPOSED', () => model.train(1, new Float64Array(1), 1))

process.stdout.write(failures.join('\n') || 'all threw')
