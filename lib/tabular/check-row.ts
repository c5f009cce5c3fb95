import { describe, mismatch, placeText } from '../base/check.js'
import type { ArgumentError } from '../base/errors.js'
import { readNumber, readTime, readTruth, readWord } from './cells.js'
import { type FeatureKind, isUsed, type SchemaColumn } from './feature.js'
import type { ColumnPolicy } from './read-rows.js'

/** What a row must have: the columns by name, the target, which it may have, and the policy. */
export interface RowRules {
  readonly columns: ReadonlyMap<string, SchemaColumn>
  readonly target: string | undefined
  readonly policy: ColumnPolicy
}

/** One thing that is wrong with a row. */
export interface RowIssue {
  /** The column; undefined where the row is no object. */
  readonly column?: string
  /** What was expected, and what came. */
  readonly expected: string
  readonly actual: string
  readonly hint: string
}

const numberWords = 'a finite number, a number as a word, or null'

/** What cells of a kind may hold, in words, and how a value is read: undefined for a wrong one. */
const rules: Readonly<Partial<Record<FeatureKind, { expected: string; read: (value: unknown) => unknown }>>> = {
  number: { expected: numberWords, read: readNumber },
  code: { expected: numberWords, read: readNumber },
  boolean: { expected: 'true, false or null', read: readTruth },
  date: { expected: 'a date such as "2026-05-31", a valid Date or null', read: readTime },
  category: { expected: 'a word, a finite number, true, false or null', read: readWord },
  text: { expected: 'a text or null', read: readWord },
}

function isRow(row: unknown): row is object {
  return row !== null && typeof row === 'object' && !Array.isArray(row) && !ArrayBuffer.isView(row)
}

function issueOfOther(row: unknown): RowIssue {
  return { expected: 'an object of values by column', actual: describe(row), hint: '' }
}

/** @throws ArgumentError with the row for anything but an object of values by column. */
export function checkIsRow(row: unknown, index: number): void {
  if (!isRow(row)) throw errorOf(issueOfOther(row), index)
}

/** What is wrong with a row, in the order of the columns; nothing for a row that a model can read. */
export function* issuesOf(row: unknown, { columns, target, policy }: RowRules): Generator<RowIssue> {
  if (!isRow(row)) {
    yield issueOfOther(row)
    return
  }
  for (const column of columns.values()) {
    const { name, kind } = column
    if (!Object.hasOwn(row, name)) {
      if (isUsed(kind) && policy.missingColumns === 'error') {
        const hint = "Give null where the value is not known, or set missingColumns to 'impute'."
        yield { column: name, expected: `the column ${describe(name)}`, actual: 'none', hint }
      }
      continue
    }
    const issue = issueOfCell(column, (row as Readonly<Record<string, unknown>>)[name])
    if (issue) yield issue
  }
  if (policy.unknownColumns === 'ignore') return
  for (const key of Object.keys(row)) {
    if (columns.has(key) || key === target) continue
    const some = [...columns.keys()].slice(0, 10).map(describe).join(', ')
    const expected = `only the columns of the schema (${some}${columns.size > 10 ? ', ...' : ''})`
    const hint = "Drop it, or set unknownColumns to 'ignore'."
    yield { column: key, expected, actual: `the column ${describe(key)} too`, hint }
  }
}

function issueOfCell({ name, kind }: SchemaColumn, value: unknown): RowIssue | undefined {
  const rule = rules[kind]
  if (!rule || rule.read(value) !== undefined) return undefined
  return { column: name, expected: rule.expected, actual: describe(value), hint: '' }
}

/** @throws ArgumentError with row and column for the first thing that is wrong with a row. */
export function checkRow(row: unknown, index: number, schema: RowRules): void {
  for (const issue of issuesOf(row, schema)) throw errorOf(issue, index)
}

/** The error for one cell that a model cannot read. */
export function cellError(column: SchemaColumn, value: unknown, row: number): ArgumentError {
  return errorOf(issueOfCell(column, value)!, row)
}

function errorOf({ column, expected, actual, hint }: RowIssue, row: number): ArgumentError {
  const place = column === undefined ? { row } : { row, column }
  return mismatch(column === undefined ? `row ${row}` : placeText({ row, column }), expected, actual, hint, place)
}

/** The message of an issue, for one row alone. */
export function messageOf({ column, expected, actual, hint }: RowIssue): string {
  const place = column === undefined ? 'the row' : `column ${describe(column)}`
  return `Expected ${expected} for ${place}, but got ${actual}.${hint && ` ${hint}`}`
}
