import { trainTestSplit } from '../../model-selection/index.js'
import type { Table } from '../../table/table.js'
import { wrong } from '../terminal/failure.js'

/** What is learned. */
export type TaskName = 'classes' | 'numbers'

/** Numbers of at most so many different values are classes, if they are whole. */
const mostClasses = 10

/** What a target is: words, truth values and up to ten whole numbers are classes. */
export function taskOf(rows: Table, target: string, chosen: string | undefined): TaskName {
  if (chosen !== undefined) return chosen as TaskName
  if (rows.kind(target) !== 'number') return 'classes'
  const seen = new Set<number>()
  for (const value of rows.numbers(target)) {
    if (Number.isNaN(value)) continue
    if (!Number.isInteger(value) || seen.add(value).size > mostClasses) return 'numbers'
  }
  return 'classes'
}

/** Rows to train with, and rows for the score, drawn by the seed: of each class the same share. Training has every class. With 0 there are no others. */
export function holdOut(
  rows: Table,
  target: string,
  task: TaskName,
  share: number,
  seed: number,
): { training: Table; test: Table | undefined } {
  const without = rows.column(target) as ArrayLike<unknown>
  const missing = Array.from(without).findIndex((value) => value === null || Number.isNaN(value))
  if (missing >= 0)
    throw wrong(`The target ${JSON.stringify(target)} is missing in row ${missing + 1}. Remove rows without it.`)
  if (share === 0) return { training: rows, test: undefined }
  const labels = task === 'classes' ? Array.from(without, String) : undefined
  const counts = new Map<string, number>()
  for (const label of labels ?? []) counts.set(label, (counts.get(label) ?? 0) + 1)
  const all = Array.from({ length: rows.rows }, (_, i) => i)
  // A class of one row cannot be in both parts: it is for training.
  const isAlone = (i: number) => labels !== undefined && counts.get(labels[i]!) === 1
  const drawn = all.filter((i) => !isAlone(i))
  if (drawn.length === 0)
    throw wrong(`Each value of ${JSON.stringify(target)} is in one row alone: no class can be learned.`)
  const y = drawn.map((i) => labels?.[i] ?? '')
  const classes = new Set(y).size
  const testRows = Math.ceil(share * drawn.length)
  const canStratify = labels && testRows >= classes && drawn.length - testRows >= classes
  const { train, test } = trainTestSplit(y, y, {
    testSize: share,
    seed,
    ...(canStratify && { stratify: true as const }),
  })
  const known = new Set(Array.from(train, (k) => y[k]))
  const unknown = Array.from(test).filter((k) => !known.has(y[k]))
  const training = [
    ...Array.from(train)
      .concat(unknown)
      .map((k) => drawn[k]!),
    ...all.filter(isAlone),
  ]
  const tested = Array.from(test, (k) => drawn[k]!).filter((i) => known.has(labels?.[i] ?? ''))
  return { training: rows.take(training), test: tested.length > 0 ? rows.take(tested) : undefined }
}

/**
 * Looks at the answers of rows for the score before a model is trained.
 * @throws ArgumentError for a missing target, a class that training lacks, or no number.
 */
export function checkAnswers(test: Table, training: Table, target: string, task: TaskName, file: string): void {
  const known = new Set(task === 'classes' ? Array.from(training.column(target) as ArrayLike<unknown>, String) : [])
  const name = JSON.stringify(target)
  for (const [i, value] of Array.from(test.column(target) as ArrayLike<unknown>).entries()) {
    if (value === null || Number.isNaN(value)) throw wrong(`${file} has no ${name} in row ${i + 1}: a score needs it.`)
    if (task === 'numbers' && typeof value !== 'number')
      throw wrong(`Expected a number for ${name} in row ${i + 1} of ${file}, but got ${JSON.stringify(value)}.`)
    if (task === 'classes' && !known.has(String(value)))
      throw wrong(`${file} has the class ${JSON.stringify(value)} in row ${i + 1}, but no row for training has it.`)
  }
}
