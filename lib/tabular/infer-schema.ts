import { runBreathing, type Work } from '../base/breathing.js'
import { checkOneOf, checkOptions, checkSignal, checkString, describe, mismatch, optionKeys } from '../base/check.js'
import type { CellColumn } from './cell-column.js'
import { readNumber } from './cells.js'
import { countDuplicates } from './duplicates.js'
import { type FeatureChoice, isUsed, readChoices, type SchemaColumn } from './feature.js'
import { inferColumn, wordAt } from './infer-column.js'
import { findLeaks } from './leaks.js'
import { type CellTable, type ColumnPolicy, readRows, type TableRows } from './read-rows.js'
import { reportOf } from './report.js'
import { Schema } from './schema.js'
import { isOfWords, whyWords } from './unread.js'

/** How rows may differ from the columns of the schema. */
export interface ColumnPolicyOptions {
  /** What happens to rows with columns that the schema does not have: `'error'`, by default, or `'ignore'`. */
  unknownColumns?: 'error' | 'ignore' | undefined
  /** What happens to rows that lack a column: `'error'`, by default, or `'impute'`: it is read as missing. */
  missingColumns?: 'error' | 'impute' | undefined
}

/** Options of `inferSchema`. */
export interface InferSchemaOptions<R extends object = object> extends ColumnPolicyOptions {
  /** The column that is to be predicted. It is not in the schema; the report says how it is distributed, and what gives it away. */
  target?: (keyof R & string) | undefined
  /** Kinds of columns that are not to be inferred: `{ zip: 'category' }`. */
  columns?: { readonly [K in keyof R & string]?: FeatureChoice | undefined } | undefined
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
}

/** The type of rows in arrays, iterables and tables. */
export type RowIn<T> = T extends Iterable<infer R> | AsyncIterable<infer R> ? (R extends object ? R : object) : object

/** TypeScript 5.4's NoInfer, for older ones. */
export type NotInferred<R> = [R][R extends unknown ? 0 : never]

/**
 * Reads rows once, and infers what their columns hold: numbers (as words too), codes, true and false, categories, dates, texts; and
 * which columns a model should leave out. Reading is done in steps between turns of the event loop.
 * @param rows plain objects with one value for each column, in an iterable or async iterable; or a `Table`.
 * @throws ArgumentError with row and column for a row with other columns than the first, a value that no cell can hold
 * (infinity, an invalid Date, an object), or one of another kind than nearly all of its column.
 * @example
 * const rows = [
 *   { age: 39, job: 'clerk', since: '2019-04-01', left: 'no' },
 *   { age: 50, job: null, since: '2021-11-15', left: 'yes' },
 * ]
 * const schema = await inferSchema(rows, { target: 'left' })
 * schema.column('since').kind // 'date'
 * schema.check({ age: '41', job: 'nurse', since: '2020-01-31' })
 */
export async function inferSchema<R extends object>(
  rows: TableRows<R>,
  options: InferSchemaOptions<NotInferred<R>> = {},
): Promise<Schema<R>> {
  const keys = optionKeys<InferSchemaOptions>({
    ...{ target: true, columns: true, signal: true, unknownColumns: true, missingColumns: true },
  })
  checkOptions(options, 'inferSchema()', keys)
  const signal = options.signal === undefined ? undefined : checkSignal(options.signal)
  const policy = readPolicy(options)
  const cells = await readRows(rows, policy, signal)
  const target = options.target === undefined ? undefined : targetIn(cells, options.target)
  return runBreathing(schemaOf<R>(cells, target, options.columns, policy), signal)
}

/** @throws ArgumentError for wrong options. */
export function readPolicy({ unknownColumns, missingColumns }: ColumnPolicyOptions): ColumnPolicy {
  return {
    unknownColumns: checkOneOf(unknownColumns ?? 'error', 'unknownColumns', ['error', 'ignore'] as const),
    missingColumns: checkOneOf(missingColumns ?? 'error', 'missingColumns', ['error', 'impute'] as const),
  }
}

/**
 * The column of the target.
 * @throws ArgumentError for a name that the rows do not have, or for rows without another column.
 */
export function targetIn({ columns }: CellTable, name: unknown): CellColumn {
  const target = columns.get(checkString(name, 'target'))
  if (!target) {
    const some = [...columns.keys()].slice(0, 10).map(describe).join(', ')
    throw mismatch('target', `a column of the rows, one of ${some}${columns.size > 10 ? ', ...' : ''}`, describe(name))
  }
  if (columns.size === 1) throw mismatch('rows', 'columns beside the target', 'none')
  return target
}

/**
 * The schema of cells that have been read.
 * @param task what the target holds; a target of words or few different numbers holds classes by default.
 * @throws ArgumentError as inferSchema does.
 */
export function* schemaOf<R extends object>(
  cells: CellTable,
  target: CellColumn | undefined,
  choices: unknown,
  policy: ColumnPolicy,
  task?: 'classes' | 'numbers',
): Work<Schema<R>> {
  const features = [...cells.columns.values()].filter((column) => column !== target)
  const chosen = readChoices(
    choices,
    features.map(({ name }) => name),
  )
  const pairs: { column: CellColumn; found: SchemaColumn }[] = []
  const unread: string[] = []
  for (const column of features) {
    const choice = chosen.get(column.name)
    const found = yield* inferColumn(column, choice)
    pairs.push({ column, found })
    const why = choice === undefined && isOfWords(found.kind) ? yield* whyWords(column) : undefined
    if (why !== undefined) unread.push(why)
    yield
  }
  const columns = pairs.map(({ found }) => found)
  const classes = target && task !== 'numbers' ? yield* classesIn(target, task === 'classes') : undefined
  const share = (count: number) => count / cells.rows
  const facts = {
    rows: cells.rows,
    columns: features.length,
    missing: columns.flatMap(({ name, missing: count }) =>
      count > 0 ? [{ column: name, count, share: share(count) }] : [],
    ),
    leftOut: columns.flatMap(({ name, kind, reason }) =>
      isUsed(kind) ? [] : [{ column: name, kind, reason: reason ?? '' }],
    ),
    texts: columns.flatMap(({ name, bins }) => (bins === undefined ? [] : [{ column: name, bins }])),
    duplicates: yield* countDuplicates(cells),
    leaky: target ? yield* findLeaks(pairs, target, classes !== undefined) : [],
    classes: classes?.map(([label, count]) => ({ label, count, share: share(count) })),
    imbalanced: classes !== undefined && classes.length > 1 && classes[0]![1] >= 10 * classes.at(-1)![1],
  }
  const rules = { columns: new Map(columns.map((column) => [column.name, column])), target: target?.name, policy }
  return new Schema<R>(rules, reportOf(facts, unread))
}

/** Up to so many different numbers of a target are classes. */
const mostNumbers = 10

/** Values of a target with the numbers of their rows, the most frequent first; undefined for many different numbers. */
function* classesIn(target: CellColumn, always: boolean): Work<[string, number][] | undefined> {
  const counts = new Map<string, number>()
  let isNumeric = true
  for (let i = 0; i < target.length; i++) {
    const word = wordAt(target, i)
    if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
    if (isNumeric && readNumber(target.valueAt(i)) === undefined) isNumeric = false
    if (i % 10_000 === 9_999) yield
  }
  if (isNumeric && counts.size > mostNumbers && !always) return undefined
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}
