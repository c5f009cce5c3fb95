import type { Work } from '../../../../base/breathing.js'
import type { ColumnTables } from './column-tables.js'
import { between } from './curve.js'
import { type Entry, type Inputs, unknownWord } from './inputs.js'
import type { Notes } from './notes.js'

/** Entries of a column that the graph treats in ways of their own. */
export interface Probes {
  readonly known: readonly Entry[]
  readonly others: readonly Entry[]
  /** The entry that stands for a missing one; undefined where none can. */
  readonly missing: Entry | undefined
}

/** Numbers of all sizes, at which functions are compared. */
const numbers = [
  ...[0, 1, -1, 0.5, -0.5, 0.1, -0.3, 2.2, -2.7, 3.7, -3.9, 11, -13, 100, -120, 997, -1000],
  ...[1e6, -1e6, 1e12, -1e12],
  ...Array.from({ length: 16 }, (_, k) => 10 ** (k - 5)).flatMap((size) => [
    1.7 * size,
    -1.7 * size,
    5.3 * size,
    -5.3 * size,
  ]),
]

/** Limits of a long list that are tried, with numbers between them. */
const mostLimits = 24

/** Numbers between the ends of an interval in one round, rounds, and intervals of a column at most. */
const [parts, rounds, mostIntervals] = [9, 18, 48]

/** The probes of all columns: fixed ones, those that nodes name, and those beside which a node takes another branch. */
export function* probesOf(inputs: Inputs, notes: Notes, tables: ColumnTables): Work<Probes[]> {
  const fixed: number[][] = []
  for (const [column, { kind }] of inputs.columns.entries()) {
    fixed.push(kind === 'text' ? [] : fixedNumbers(notes, column, kind))
    yield
  }
  const breaks = yield* breaksOf(fixed, inputs, tables)
  const probes: Probes[] = []
  for (const [column, { kind }] of inputs.columns.entries()) {
    yield
    probes.push(probesOfColumn(notes, column, kind, fixed[column]!, breaks[column]!))
  }
  return probes
}

function probesOfColumn(
  notes: Notes,
  column: number,
  kind: string,
  fixed: readonly number[],
  breaks: readonly number[],
): Probes {
  if (kind === 'text') {
    const isWord = notes.knowsEmpty(column)
    const known = notes.keysOf(column).filter((key) => typeof key === 'string' && (key !== '' || isWord))
    return { known, others: [unknownWord], missing: isWord ? undefined : '' }
  }
  const known = notes.keysOf(column).filter(isNumber)
  const all = breaks.length > 0 ? [...fixed, ...besides(breaks, kind)] : fixed
  const isKnown = new Set(known)
  const others = [...new Set(all)].filter((x) => !isKnown.has(x))
  return { known, others, missing: kind === 'integer' ? undefined : Number.NaN }
}

const isNumber = (value: Entry): value is number => typeof value === 'number' && Number.isFinite(value)

function fixedNumbers(notes: Notes, column: number, kind: string): number[] {
  const fills = notes.fillsOf(column).filter(isNumber)
  const limits = besides(notes.singlesOf(column), kind)
  const all = [...numbers, ...fills, ...limits, ...sampled(notes.limitsOf(column))]
  return [...new Set(kind === 'integer' ? all.map(Math.round) : all)]
}

/** Limits, numbers just beside them, and numbers between them. */
function besides(limits: readonly number[], kind: string): number[] {
  const all = limits.flatMap((limit, k) => {
    const [far, next] = [Math.max(1e-9, 1e-9 * Math.abs(limit)), limits[k + 1]]
    const inside = next === undefined ? [] : [(limit + next) / 2, 0.7 * limit + 0.3 * next]
    return [limit, limit - far, limit + far, ...(kind === 'integer' ? [limit - 1, limit + 1] : []), ...inside]
  })
  return kind === 'integer' ? all.map(Math.round) : all
}

/** Some of the limits, and numbers between them. */
function sampled(limits: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(limits.length / mostLimits))
  return limits.flatMap((limit, k) => {
    if (k % step !== 0 || !Number.isFinite(limit)) return []
    const next = limits[k + 1]
    return next === undefined || !Number.isFinite(next) ? [limit] : [limit, 0.7 * limit + 0.3 * next]
  })
}

type Interval = readonly [low: number, high: number]

/** Numbers at which a node takes another branch, found by search between the probes of each column. */
function* breaksOf(fixed: readonly number[][], inputs: Inputs, tables: ColumnTables): Work<number[][]> {
  const sorted = fixed.map((list) => list.toSorted((a, b) => a - b))
  const found = fixed.map((): number[] => [])
  let points = sorted
  for (let round = 0; round < rounds; round++) {
    const branches = yield* tables.branches(points)
    const intervals: Interval[][] = []
    for (const [column, list] of points.entries()) {
      yield
      const isWhole = inputs.columns[column]!.kind === 'integer'
      const changes: Interval[] = []
      for (let k = 1; k < list.length; k++) {
        const [low, high] = [list[k - 1]!, list[k]!]
        if (!(low < high) || branches(k - 1, column) === branches(k, column)) continue
        const isNarrow = isWhole
          ? high - low <= 1
          : high - low <= 1e-15 * Math.max(Math.abs(low), Math.abs(high), 1e-12)
        if (isNarrow || round === rounds - 1) found[column]!.push(low, high)
        else changes.push([low, high])
      }
      intervals.push(changes.slice(0, mostIntervals))
    }
    if (intervals.every(({ length }) => length === 0)) break
    points = intervals.map((list, column) =>
      list.flatMap(([low, high]) => {
        const inner = Array.from({ length: parts }, (_, k) => between(low, high, (k + 1) / (parts + 1)))
        return [low, ...(inputs.columns[column]!.kind === 'integer' ? inner.map(Math.round) : inner), high]
      }),
    )
  }
  return found.map((list) => [...new Set(list)].sort((a, b) => a - b))
}
