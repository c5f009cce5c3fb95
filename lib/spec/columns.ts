import { checkInteger, checkOneOf, checkOptions, invalid, keysOf } from '../base/check.js'
import { numberReader, type Reader, type Readers } from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import { type InitializerSpec, readInitializer } from './initializer.js'

// The parts of `layers.columns`: what happens to some columns of a row.

/** What every part has. */
export interface AnyColumnPart {
  /** The columns that the part reads, counted from 0. Several parts may read a column. */
  readonly columns: readonly number[]
  /** A factor of the learning rate for the part's weights, beside the layer's. */
  readonly learningRateFactor: number
  /** A factor of the weight decay for the part's weights. */
  readonly weightDecayFactor: number
}

/** The columns as they are. */
export interface PassthroughPart extends AnyColumnPart {
  readonly type: 'passthrough'
}

/** A table of weights for each column, whose codes choose rows. Code -1, a missing category, gives zeros. */
export interface EmbeddingPart extends AnyColumnPart {
  readonly type: 'embedding'
  /** The number of codes of each column. */
  readonly inputDim: readonly number[]
  /** The length of the vector of each code. */
  readonly outputDim: number
  readonly embeddingsInitializer: InitializerSpec
}

/** A 1 at the place of the code, else 0. Code -1, a missing category, gives zeros. */
export interface OneHotPart extends AnyColumnPart {
  readonly type: 'oneHot'
  /** The number of codes of each column. */
  readonly inputDim: readonly number[]
}

/** Products of waves of each column. */
export interface PeriodicEmbeddingPart extends AnyColumnPart {
  readonly type: 'periodicEmbedding'
  /** See docs/layers.md. */
  readonly form: 'pbld' | 'plr' | 'plrLite'
  /** The number of frequencies of each column, at most 256. */
  readonly frequencies: number
  /** The length of each column's product; the form pbld adds the column itself. */
  readonly outputDim: number
  /** The standard deviation of the frequencies at the start. */
  readonly sigma: number
  readonly activation: 'linear' | 'relu'
}

/** A line and a piecewise-linear function of each column. */
export interface PiecewiseLinearEmbeddingPart extends AnyColumnPart {
  readonly type: 'piecewiseLinearEmbedding'
  /** The edges of the bins of each column, increasing; one more than bins. */
  readonly edges: readonly (readonly number[])[]
  /** The length of each column's vector. */
  readonly outputDim: number
}

/** A part of `layers.columns` with all defaults filled in. */
export type ColumnPart =
  | PassthroughPart
  | EmbeddingPart
  | OneHotPart
  | PeriodicEmbeddingPart
  | PiecewiseLinearEmbeddingPart

type PartOf<T extends ColumnPart['type']> = Extract<ColumnPart, { readonly type: T }>

const maxColumns = 2 ** 24
const factor = numberReader(1, { min: 0, max: maxFloat32 })
const width =
  (standard?: number): Reader<number> =>
  (value: unknown = standard, name) =>
    checkInteger(value, name, { min: 1, max: maxColumns })
const activation =
  (standard: 'linear' | 'relu'): Reader<'linear' | 'relu'> =>
  (value: unknown = standard, name) =>
    checkOneOf(value, name, ['linear', 'relu'])

/** Codes are exact as float32 up to 2^24. */
const inputDim: Reader<readonly number[]> = (value, name) => {
  const counts = Array.isArray(value) ? (value as unknown[]) : [value]
  return Object.freeze(counts.map((count) => checkInteger(count, name, { min: 1, max: 2 ** 24 })))
}

const periodicForms = {
  pbld: { frequencies: 16, outputDim: 3, sigma: 0.1, activation: 'linear' },
  plr: { frequencies: 48, outputDim: 24, sigma: 0.01, activation: 'relu' },
  plrLite: { frequencies: 48, outputDim: 24, sigma: 0.01, activation: 'relu' },
} as const

const columnReaders: Readers<AnyColumnPart> = {
  columns: readColumns,
  learningRateFactor: factor,
  weightDecayFactor: factor,
}

/** The readers of each part; those of periodic embeddings by the form. */
const partReaders = {
  passthrough: () => ({}),
  embedding: () => ({
    inputDim,
    outputDim: width(),
    embeddingsInitializer: (value: unknown = 'randomNormal', name: string) => readInitializer(value, name),
  }),
  oneHot: () => ({ inputDim }),
  periodicEmbedding: ({ form = 'pbld' }: { form?: unknown }, what: string) => {
    const name = checkOneOf(form, `form of ${what}`, keysOf(periodicForms))
    const standard = periodicForms[name]
    return {
      form: () => name,
      frequencies: (value: unknown = standard.frequencies, name: string) =>
        checkInteger(value, name, { min: 1, max: 256 }),
      outputDim: width(standard.outputDim),
      sigma: numberReader(standard.sigma, { min: 0, max: 1e30 }),
      activation: activation(standard.activation),
    }
  },
  piecewiseLinearEmbedding: () => ({ edges: readEdges, outputDim: width(16) }),
} satisfies {
  [T in ColumnPart['type']]: (options: object, what: string) => Readers<Omit<PartOf<T>, 'type' | keyof AnyColumnPart>>
}

/** @throws ArgumentError that names the part and what is wrong with it. */
export function readParts(value: unknown, name: string): readonly ColumnPart[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid(name, "an array of at least one part, such as { type: 'passthrough', columns: [0, 1] }", value)
  }
  return Object.freeze(value.map((part: unknown, i) => readPart(part, `part ${i} of ${name}`)))
}

function readPart(value: unknown, what: string): ColumnPart {
  if (value === null || typeof value !== 'object') {
    throw invalid(what, "a part, such as { type: 'passthrough', columns: [0, 1] }", value)
  }
  const { type, ...options } = value as { type?: unknown }
  const partType = checkOneOf(type, `type of ${what}`, keysOf(partReaders))
  const readers = { ...columnReaders, ...partReaders[partType](options, what) } as Record<string, Reader>
  checkOptions(options, what, Object.keys(readers))
  const part: Record<string, unknown> = { type: partType }
  for (const [key, read] of Object.entries(readers)) {
    part[key] = read((options as Record<string, unknown>)[key], `${key} of ${what}`)
  }
  const columns = part.columns as readonly number[]
  const counts = part.inputDim as readonly number[] | undefined
  if (counts?.length === 1) part.inputDim = Object.freeze(columns.map(() => counts[0]!))
  for (const key of ['inputDim', 'edges']) {
    const entries = part[key] as readonly unknown[] | undefined
    if (entries === undefined || entries.length === columns.length) continue
    throw new ArgumentError(
      `Expected an entry for each of the ${columns.length} columns in ${key} of ${what}, but got ${entries.length}.`,
    )
  }
  return Object.freeze(part) as unknown as ColumnPart
}

function readColumns(value: unknown, name: string): readonly number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid(name, 'an array of column numbers, counted from 0', value)
  }
  return Object.freeze(value.map((column: unknown) => checkInteger(column, name, { min: 0, max: maxColumns })))
}

function readEdges(value: unknown, name: string): readonly (readonly number[])[] {
  if (!Array.isArray(value)) throw invalid(name, 'an array of edges for each column', value)
  return Object.freeze(
    value.map((edges: unknown, c) => {
      const isList = Array.isArray(edges) || edges instanceof Float32Array || edges instanceof Float64Array
      const numbers = isList ? Array.from(edges as ArrayLike<unknown>, (edge) => Math.fround(edge as number)) : []
      const increasing = numbers.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > numbers[i - 1]!))
      if (numbers.length >= 2 && increasing && numbers.length <= maxColumns) return Object.freeze(numbers)
      throw invalid(`${name}, column ${c}`, 'at least two increasing float32 numbers', edges)
    }),
  )
}

/** Parts with their names: the type, with a number from the second one on. */
export function namedParts(parts: readonly ColumnPart[]): { name: string; part: ColumnPart }[] {
  const counts = new Map<string, number>()
  return parts.map((part) => {
    const count = counts.get(part.type) ?? 0
    counts.set(part.type, count + 1)
    return { name: count === 0 ? part.type : `${part.type}_${count}`, part }
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The numbers per row that a part puts out. */
export function outputsOfPart(part: ColumnPart): number {
  const columns = part.columns.length
  if (part.type === 'passthrough') return columns
  if (part.type === 'oneHot') return sum(part.inputDim)
  const joined = part.type === 'periodicEmbedding' && part.form === 'pbld' ? 1 : 0
  return columns * (part.outputDim + joined)
}

/** The tensors of a part: their names, beside the part's, and shapes. */
export function tensorsOfPart(part: ColumnPart): { name: string; shape: [number, number] }[] {
  const columns = part.columns.length
  if (part.type === 'embedding') return [{ name: 'embeddings', shape: [sum(part.inputDim), part.outputDim] }]
  if (part.type === 'periodicEmbedding') {
    const { form, frequencies, outputDim } = part
    const kernels = form === 'plrLite' ? 1 : columns
    const units = form === 'pbld' ? frequencies : 2 * frequencies
    return [
      { name: 'frequencies', shape: [columns, frequencies] },
      ...(form === 'pbld' ? [{ name: 'phases', shape: [columns, frequencies] as [number, number] }] : []),
      { name: 'kernel', shape: [kernels * units, outputDim] },
      { name: 'bias', shape: [kernels, outputDim] },
    ]
  }
  if (part.type !== 'piecewiseLinearEmbedding') return []
  const bins = sum(part.edges.map((edges) => edges.length - 1))
  return [
    { name: 'slopes', shape: [columns, part.outputDim] },
    { name: 'bias', shape: [columns, part.outputDim] },
    { name: 'kernel', shape: [bins, part.outputDim] },
  ]
}

/** The columns of codes: each holds integers from -1 to below `count`. */
export function codesOfParts(parts: readonly ColumnPart[]): { column: number; count: number }[] {
  return parts.flatMap((part) =>
    part.type === 'embedding' || part.type === 'oneHot'
      ? part.columns.map((column, i) => ({ column, count: part.inputDim[i]! }))
      : [],
  )
}

/** The part as the core takes it. */
export function toNativePart(part: ColumnPart, name: string): object {
  const { learningRateFactor: _, weightDecayFactor: __, ...native } = part
  if (part.type === 'piecewiseLinearEmbedding') {
    return { name, ...native, edges: part.edges.map((edges) => Float32Array.from(edges)) }
  }
  if (part.type !== 'periodicEmbedding') return { name, ...native }
  const pbld = part.form === 'pbld'
  const relu = part.activation === 'relu'
  return { name, ...native, relu, sines: !pbld, phases: pbld, joinsX: pbld, shared: part.form === 'plrLite' }
}
