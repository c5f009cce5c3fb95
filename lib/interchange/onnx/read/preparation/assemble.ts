import { transformerFromJSON } from '../../../../pipeline/pipeline.js'
import type { Doubles } from '../../../../preprocessing/doubles.js'
import { transformDoublesSync } from '../../../../preprocessing/float64.js'
import type { TransformerLike } from '../../../../preprocessing/transformer-like.js'
import type { Divided } from './divided-tables.js'
import type { Piece, Step } from './piece.js'

/** A fitted transformer with its name in a pipeline. */
export type NamedTransformer = readonly [name: string, transformer: TransformerLike]

/** The JSON of a transformer. */
interface TransformerRecord {
  readonly kind: string
}

/** Names of columns, if they have any. */
type Names = readonly string[] | undefined

/** Transformers, one after the other, of some columns. */
interface Part {
  readonly places: readonly number[]
  readonly records: (names: Names) => TransformerRecord[]
}

/** The transformers that make these columns of those of the inputs; none where all pass. */
export function assemble(
  pieces: readonly Piece[],
  columns: number,
  names: Names,
  divided: readonly Divided[],
): NamedTransformer[] {
  const [only] = divided
  const areAll = only?.begin === 0 && only.width === pieces.reduce((sum, { width }) => sum + width, 0)
  const parts = areAll ? [dividedPart(pieces, only, [...Array(columns).keys()])] : partsOf(pieces, divided)
  const records = recordsOf(parts, columns, names)
  return records.map((record) => [nameOf(record.kind, records), transformerFromJSON(record)])
}

function recordsOf(parts: readonly Part[], columns: number, names: Names): TransformerRecord[] {
  const [only] = parts
  const isWhole = parts.length === 1 && only!.places.length === columns && only!.places.every((place, k) => place === k)
  return isWhole ? only!.records(names) : [columnsOf(parts, columns, names)]
}

/** Pieces as the parts of a ColumnTransformer: those of the same kind, and those that are divided together. */
function partsOf(pieces: readonly Piece[], divided: readonly Divided[]): Part[] {
  const parts: Part[] = []
  let [at, k] = [0, 0]
  const upTo = (end: number) => {
    const first = k
    for (; k < pieces.length && at < end; k++) at += pieces[k]!.width
    return pieces.slice(first, k)
  }
  for (const table of divided) {
    parts.push(...merge(upTo(table.begin)))
    const own = upTo(table.begin + table.width)
    parts.push(dividedPart(own, table, [...new Set(own.map(({ column }) => column))]))
  }
  return [...parts, ...merge(upTo(Number.POSITIVE_INFINITY))]
}

/** A Normalizer, after what prepares its columns. */
function dividedPart(pieces: readonly Piece[], { norm, width }: Divided, places: readonly number[]): Part {
  const own = merge(pieces.map((piece) => ({ ...piece, column: places.indexOf(piece.column) })))
  return {
    places,
    records(names) {
      const before = recordsOf(own, places.length, names)
      const state = { nFeaturesIn: width, featureNamesIn: before.length === 0 ? (names ?? null) : null }
      return [...before, { kind: 'Normalizer', params: { norm }, state } as TransformerRecord]
    },
  }
}

const keyOf = ({ steps }: Piece) => JSON.stringify(steps.map(({ kind, params, shared }) => [kind, params, shared]))

/** Puts pieces of the same kind together. */
function merge(pieces: readonly Piece[]): Part[] {
  const groups: Piece[][] = []
  const columns = new Set<number>()
  let before: string | undefined
  for (const piece of pieces) {
    const key = keyOf(piece)
    if (key !== before || columns.has(piece.column)) {
      groups.push([])
      columns.clear()
    }
    groups.at(-1)!.push(piece)
    columns.add(piece.column)
    before = key
  }
  return groups.map((group) => ({
    places: group.map(({ column }) => column),
    records: (names) =>
      group[0]!.steps.map((_, k) => {
        const steps = group.map((piece) => piece.steps[k]!)
        return recordOf(steps, k === 0 ? names : undefined)
      }),
  }))
}

/** The JSON of one transformer for several columns. */
function recordOf(steps: readonly Step[], names: Names) {
  const [{ kind, params, own, shared }] = steps as [Step]
  const lists = Object.keys(own).map((key) => [key, steps.map((step) => step.own[key])] as const)
  const features = { nFeaturesIn: steps.length, featureNamesIn: names ?? null }
  return { kind, params, state: { ...features, ...Object.fromEntries(lists), ...shared } }
}

function nameOf(kind: string, records: readonly TransformerRecord[]): string {
  if (kind === 'ColumnTransformer') return 'columns'
  return records.filter((record) => record.kind === kind).length === 1 ? kind.toLowerCase() : kind
}

const unfitted = (record: object | 'passthrough') => (typeof record === 'string' ? record : { ...record, state: null })

function columnsOf(parts: readonly Part[], columns: number, names: Names): TransformerRecord {
  const records = parts.map((part, k) => {
    const places = [...part.places]
    const own = names && places.map((place) => names[place]!)
    const inner = part.records(own)
    const transformer = inner.length > 1 ? pipelineOf(inner, own) : (inner[0] ?? ('passthrough' as const))
    return { name: `part${k + 1}`, transformer, places }
  })
  return {
    kind: 'ColumnTransformer',
    params: {
      transformers: records.map(({ name, transformer, places }) => [name, unfitted(transformer), places]),
      remainder: 'drop',
      verboseFeatureNamesOut: true,
    },
    state: { nFeaturesIn: columns, featureNamesIn: names ?? null, parts: records },
  } as TransformerRecord
}

function pipelineOf(records: readonly TransformerRecord[], names: Names) {
  const steps = records.map((record, k) => [`${record.kind.toLowerCase()}${k + 1}`, record] as const)
  const policy = { unknownColumns: 'error', missingColumns: 'error' }
  return {
    kind: 'Pipeline',
    params: { steps: steps.map(([name, record]) => [name, unfitted(record)]), ...policy },
    state: { steps, featureNamesIn: names ?? null },
  }
}

/** The function of a step for one column of numbers. */
export function simpleTransformer(step: Step): (x: number) => number {
  const transformer = transformerFromJSON(recordOf([step], undefined))
  return (x) => (transformDoublesSync(transformer, [x]) as Doubles).data[0]!
}
