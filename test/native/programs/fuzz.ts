// Calls every native method and constructor with random arguments: they may throw, but must not crash or hang.
import fc from 'fast-check'
import { floats, makeCompiled, meanSquaredError, native, spec } from './native-model.js'

const size = fc.oneof(
  fc.nat(12),
  fc.constantFrom(-1, 0.5, Number.NaN, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53 - 1, 2 ** 60, Number.POSITIVE_INFINITY),
)
const types = [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array, DataView] as const
const typed = fc
  .tuple(fc.constantFrom<new (memory: ArrayBuffer) => unknown>(...types), fc.nat(64))
  .map(([Type, count]) => new Type(new ArrayBuffer(count * 8)))
const detached = fc.constant(null).map(() => {
  const array = floats(4)
  structuredClone(array, { transfer: [array.buffer] })
  return array
})
/** A valid object with one wrong value at any depth. */
const corrupt = (valid: object) =>
  fc.tuple(fc.nat(20), fc.oneof(size, fc.anything())).map(([target, wrong]) => {
    let index = 0
    return JSON.parse(JSON.stringify(valid), (_, value) => (index++ === target ? wrong : value)) as unknown
  })
const epoch = { batchSize: 3, shuffle: true, epoch: 0, threads: 2 }
const rate = new Float64Array([0.1])

/** Every method with valid arguments. */
const validArguments = {
  Model: () => [spec],
  Dataset: () => [floats(8), 4, floats(6), 3],
  tensors: () => [],
  getWeights: () => [],
  readWeights: () => [floats(15), 0, new native.Snapshot(), true],
  setWeights: () => [floats(15), 0, 15],
  compile: () => [meanSquaredError],
  getOptimizerState: () => [0, 15],
  setOptimizerState: () => [{ steps: 1, slots: [floats(15)] }, 0, 15],
  beginRun: () => [],
  endRun: () => [],
  beginEpoch: (data: unknown) => [data, epoch],
  train: () => [2, rate, 1, 3],
  evaluate: (data: unknown) => [data, 0, 1],
  predict: (data: unknown) => [data, 0, floats(30), 1, new native.Snapshot()],
  inputGradients: (data: unknown) => [data, 0, floats(40), 1, new native.Snapshot(), new Int32Array(2)],
  predictSync: () => [floats(4), 1, floats(3)],
  bindRow: () => [floats(4), floats(3)],
  roundWeights: () => ['int8'],
  dispose: () => [],
} satisfies Record<string, (data: unknown) => unknown[]>
type Name = keyof typeof validArguments
const names = Object.keys(validArguments) as Name[]
const missing = Object.getOwnPropertyNames(native.Model.prototype).filter(
  (name) => !['constructor', ...names].includes(name),
)
if (missing.length > 0) throw new Error(`Not tested: ${missing}`)

const argument = fc.oneof(
  size,
  typed,
  detached,
  ...[epoch, spec, meanSquaredError].map(corrupt),
  fc.anything({ withTypedArray: true, withBigInt: true, withDate: true, withNullPrototype: true }),
)
/** A method, the index of the argument to replace (may be beyond the last), and the replacement. */
const call = fc.tuple(fc.constantFrom(...names), fc.nat(6), argument)

const pending: Promise<unknown>[] = []
let returned = 0
function run(calls: [Name, number, unknown][]): void {
  const { model, data } = makeCompiled()
  model.beginEpoch(data, epoch as never)
  for (const [name, index, wrong] of calls) {
    const args = validArguments[name](data)
    if (index < args.length) args[index] = wrong
    try {
      const result: unknown =
        name === 'Model' || name === 'Dataset'
          ? Reflect.construct(native[name], args)
          : Reflect.apply(model[name], model, args)
      if (result instanceof Promise) pending.push(result.catch(() => undefined))
      if (typeof result === 'function') result()
      returned++
    } catch (error) {
      if (!(error instanceof Error)) throw new Error(`${name} threw ${typeof error}`)
    }
  }
}

fc.assert(fc.property(fc.array(call, { minLength: 1, maxLength: 12 }), run), {
  numRuns: 3000,
  seed: Number(process.argv[2]),
})
await Promise.all(pending)
process.stdout.write(
  `${returned > 1000 && pending.length > 20 ? 'done' : 'too few calls'} ${returned} ${pending.length}`,
)
