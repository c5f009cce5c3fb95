import { findInSteps, type Work } from '../base/breathing.js'
import { checkInteger, describe, optionKeys } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { joinParts } from '../files/parts.js'
import { decodeSafetensors, safetensorsParts, type Tensor } from '../files/safetensors.js'
import type { NativeOptimizerState } from '../native/model.js'
import { type CompileSpec, readCompile } from '../spec/compile.js'
import { type ModelSpec, readModel, tensorsOf } from '../spec/model.js'
import { type Slot, slotsOf } from '../spec/optimizer-slots.js'
import { type LearningRate, unknownRate } from '../spec/rate.js'
import type { MetricFunction } from '../spec/row-metric.js'

/** The contents of a model file. */
export interface ModelFile {
  spec: ModelSpec
  /** By name: `dense.kernel` (inputs, units), `dense.bias` (units). */
  tensors: Map<string, Tensor>
  compiled: CompileSpec | undefined
  /** Undefined when the model is not compiled, or was saved without it. */
  optimizer: NativeOptimizerState | undefined
  /** The number of epochs that the model had begun. */
  epochs: number
}

const kind = 'sequential'

/** What a caller adds to a file, which holds no code. */
export interface CodeOptions {
  learningRate?: LearningRate | undefined
  metrics?: readonly MetricFunction[] | undefined
}

/** The JSON in the metadata of a file; unchecked where it is read. */
interface Body {
  spec: unknown
  /** Null for a model that is not compiled. */
  compile: unknown
  /** Null for a file without the optimizer's state. */
  optimizerSteps: unknown
  epochs: unknown
}

const bodyKeys = optionKeys<Body>({ spec: true, compile: true, optimizerSteps: true, epochs: true })
const slotKey = ({ name }: Slot): string => `optimizer.${name}`

/**
 * Encodes a model as safetensors: weights as `<layer>.kernel` and `<layer>.bias`, the optimizer's vectors as
 * `optimizer.<name>`, the rest as JSON in the metadata key `perceptra`. A learning rate that is a function becomes
 * null, and
 * metrics that are functions are left out.
 */
export function encodeModelFile(file: ModelFile): Uint8Array {
  return joinParts(modelFileParts(file))
}

/** The bytes of encodeModelFile in parts that follow each other; those of tensors are views of their data. */
export function modelFileParts({ spec, tensors, compiled, optimizer, epochs }: ModelFile): Uint8Array[] {
  const all = new Map(tensors)
  const slots = compiled && optimizer ? slotsOf(compiled.optimizer) : []
  for (const [k, slot] of slots.entries()) {
    const data = optimizer!.slots[k] as Float32Array<ArrayBuffer>
    all.set(slotKey(slot), { dtype: 'F32', shape: [data.length], data })
  }
  const body: Body = {
    spec,
    compile: compiled ? compileToJson(compiled) : null,
    optimizerSteps: optimizer ? optimizer.steps : null,
    epochs,
  }
  return safetensorsParts(all, encodeMetadata(kind, body))
}

/**
 * Decodes a model from untrusted bytes. Checks everything as if a user had passed it, before any large allocation.
 * @param name the name of the file, for messages.
 * @param options what code cannot be in a file: a rate, and metrics.
 * @throws FormatError that names the file and the problem.
 */
export function* decodeModelFile(bytes: Uint8Array, name: string, options: CodeOptions = {}): Work<ModelFile> {
  const { tensors, metadata } = decodeSafetensors(bytes, name)
  try {
    return yield* readModelFile(tensors, decodeMetadata(metadata, kind, bodyKeys), options)
  } catch (error) {
    throw toLoadError(error, name)
  }
}

/** An error in the contents of a file as a FormatError that names the file; other errors unchanged. */
export function toLoadError(error: unknown, name: string): unknown {
  if (!(error instanceof MlpError)) return error
  return new FormatError(`${name} does not hold a model that can be loaded: ${error.message}`, { cause: error })
}

function* readModelFile(
  tensors: Map<string, Tensor>,
  { spec: specJson, compile, optimizerSteps, epochs }: Partial<Body>,
  options: CodeOptions,
): Work<ModelFile> {
  const spec = readModel(specJson as object, 'the spec', () => {
    throw new FormatError('Its spec has no seed.')
  })
  const compiled = compile === null ? undefined : compileFromJson(compile as object, spec, options)
  const slots = compiled && optimizerSteps !== null ? slotsOf(compiled.optimizer) : []
  const shapes = shapesOf(spec)
  const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0)
  const all = new Map([...shapes, ...slots.map((slot): [string, readonly number[]] => [slotKey(slot), [count]])])
  yield* checkTensors(tensors, all)
  for (const key of shapes.keys()) if (key.endsWith('.movingVariance')) yield* checkNotNegative(tensors, key)
  for (const slot of slots) {
    if (slot.notNegative) yield* checkNotNegative(tensors, slotKey(slot))
  }
  const optimizer = compiled &&
    optimizerSteps !== null && {
      steps: checkInteger(optimizerSteps, 'optimizerSteps', { min: 0 }),
      slots: slots.map((slot) => tensors.get(slotKey(slot))!.data as Float32Array),
    }
  return {
    spec,
    tensors: new Map([...shapes.keys()].map((key) => [key, tensors.get(key)!])),
    compiled,
    optimizer: optimizer || undefined,
    epochs: checkInteger(epochs, 'epochs', { min: 0, below: 2 ** 32 }),
  }
}

function shapesOf(spec: ModelSpec): Map<string, readonly number[]> {
  return new Map(tensorsOf(spec).map(({ key, shape }) => [key, shape]))
}

function* checkTensors(tensors: Map<string, Tensor>, shapes: Map<string, readonly number[]>): Work<void> {
  for (const key of tensors.keys()) {
    if (!shapes.has(key)) throw new FormatError(`The tensor ${describe(key)} belongs to no layer.`)
  }
  for (const [key, shape] of shapes) {
    const tensor = tensors.get(key)
    if (!tensor) throw new FormatError(`The tensor ${describe(key)} is missing.`)
    if (tensor.dtype !== 'F32' || `${tensor.shape}` !== `${shape}`) {
      const actual = `${tensor.dtype} [${tensor.shape}]`
      throw new FormatError(`Expected F32 [${shape}] for the tensor ${describe(key)}, but got ${actual}.`)
    }
    const { data } = tensor
    const wrong = yield* findInSteps(data.length, (k) => !Number.isFinite(data[k]))
    if (wrong === -1) continue
    throw new FormatError(`Number ${wrong} of the tensor ${describe(key)} is ${data[wrong]}.`)
  }
}

/** For variances and sums of squares, whose root is used. */
function* checkNotNegative(tensors: Map<string, Tensor>, key: string): Work<void> {
  const { data } = tensors.get(key)!
  const wrong = yield* findInSteps(data.length, (k) => data[k]! < 0)
  if (wrong === -1) return
  throw new FormatError(`Number ${wrong} of the tensor ${describe(key)} is ${data[wrong]}, but none may be below 0.`)
}

function compileToJson(compiled: CompileSpec): object {
  const { optimizer, loss, metrics, rowMetrics, precision, dropoutSchedule, weightDecaySchedule } = compiled
  const rate = optimizer.name === 'lbfgs' ? {} : { learningRate: optimizer.learningRate }
  return {
    optimizer: { ...optimizer, ...(typeof rate.learningRate === 'function' ? { learningRate: null } : rate) },
    loss,
    metrics: [
      ...metrics.map(({ key }) => key),
      ...rowMetrics.flatMap(({ compute }) => (typeof compute === 'string' ? [compute] : [])),
    ],
    ...(precision === 'float32' ? {} : { precision }),
    ...(dropoutSchedule && { dropoutSchedule }),
    ...(weightDecaySchedule && { weightDecaySchedule }),
  }
}

function compileFromJson(saved: object, spec: ModelSpec, { learningRate: newRate, metrics }: CodeOptions): CompileSpec {
  const { optimizer, metrics: names } = saved as { optimizer?: { learningRate?: unknown }; metrics?: unknown }
  const compile = metrics && Array.isArray(names) ? { ...saved, metrics: [...names, ...metrics] } : saved
  const isLbfgs = (optimizer as { name?: unknown } | null | undefined)?.name === 'lbfgs'
  if (optimizer === null || typeof optimizer !== 'object' || isLbfgs) return readCompile(compile, spec, 'compile')
  const learningRate = newRate ?? (optimizer.learningRate === null ? unknownRate : optimizer.learningRate)
  return readCompile({ ...compile, optimizer: { ...optimizer, learningRate } }, spec, 'compile')
}
