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

/** Rows to train with, and rows for the score, drawn by the seed: of each class the same share. With 0 there are none. */
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
  const testRows = Math.ceil(share * rows.rows)
  const smallest = Math.min(...counts.values())
  // As scikit-learn has it: a class of one row cannot be in both parts.
  const canStratify = labels && smallest >= 2 && testRows >= counts.size && rows.rows - testRows >= counts.size
  const y = labels ?? new Array<string>(rows.rows).fill('')
  const { train, test } = trainTestSplit(y, y, {
    testSize: share,
    seed,
    ...(canStratify && { stratify: true as const }),
  })
  return { training: rows.take(train), test: rows.take(test) }
}
