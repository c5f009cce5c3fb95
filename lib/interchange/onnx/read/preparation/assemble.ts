import { transformerFromJSON } from '../../../../pipeline/pipeline.js'
import type { Doubles } from '../../../../preprocessing/doubles.js'
import { transformDoublesSync } from '../../../../preprocessing/float64.js'
import type { TransformerLike } from '../../../../preprocessing/transformer-like.js'
import type { Piece, Step } from './piece.js'

/** A fitted transformer with its name in a pipeline. */
export type NamedTransformer = readonly [name: string, transformer: TransformerLike]

interface Part {
  readonly places: number[]
  readonly steps: readonly (readonly Step[])[]
}

/** The transformers that make these columns of those of the inputs; none where all pass. */
export function assemble(
  pieces: readonly Piece[],
  columns: number,
  names: readonly string[] | undefined,
): NamedTransformer[] {
  const parts = merge(pieces)
  const [only] = parts
  const isWhole = parts.length === 1 && only!.places.length === columns && only!.places.every((place, k) => place === k)
  if (isWhole) {
    const records = only!.steps.map((steps, k) => recordOf(steps, k === 0 ? names : undefined))
    return records.map((record) => [nameOf(record.kind, records), transformerFromJSON(record)])
  }
  return [['columns', transformerFromJSON(columnsOf(parts, columns, names))]]
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
    steps: group[0]!.steps.map((_, k) => group.map(({ steps }) => steps[k]!)),
  }))
}

/** The JSON of one transformer for several columns. */
function recordOf(steps: readonly Step[], names: readonly string[] | undefined) {
  const [{ kind, params, own, shared }] = steps as [Step]
  const lists = Object.keys(own).map((key) => [key, steps.map((step) => step.own[key])] as const)
  const features = { nFeaturesIn: steps.length, featureNamesIn: names ?? null }
  return { kind, params, state: { ...features, ...Object.fromEntries(lists), ...shared } }
}

function nameOf(kind: string, records: readonly { kind: string }[]): string {
  return records.filter((record) => record.kind === kind).length === 1 ? kind.toLowerCase() : kind
}

const unfitted = (record: object | 'passthrough') => (typeof record === 'string' ? record : { ...record, state: null })

function columnsOf(parts: readonly Part[], columns: number, names: readonly string[] | undefined) {
  const records = parts.map(({ places, steps }, k) => {
    const own = names && places.map((place) => names[place]!)
    const inner = steps.map((step, at) => recordOf(step, at === 0 ? own : undefined))
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
  }
}

function pipelineOf(records: readonly { kind: string }[], names: readonly string[] | undefined) {
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
