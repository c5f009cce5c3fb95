import { numberOfWord } from './cells.js'
import { mostCodes } from './infer-column.js'
import type { LeakyColumn } from './leaks.js'

/** What was found in the rows of a table. */
export interface TableReport {
  readonly rows: number
  readonly columns: number
  /** Columns with missing cells, and the share of rows. */
  readonly missing: readonly { readonly column: string; readonly count: number; readonly share: number }[]
  /** Columns that a model leaves out, and why: constants, ids, words that it cannot use. */
  readonly leftOut: readonly { readonly column: string; readonly kind: string; readonly reason: string }[]
  /** Columns of text, and into how many counts their words are hashed. */
  readonly texts: readonly { readonly column: string; readonly bins: number }[]
  /** Rows that are equal to an earlier one in all columns, the target too. */
  readonly duplicates: number
  /** Columns that nearly give the target away. Leave them out if they are not known when the model predicts. */
  readonly leaky: readonly LeakyColumn[]
  /** Of a target of words, or of at most ten different numbers: rows of each class, the most frequent first. */
  readonly classes: readonly { readonly label: string; readonly count: number; readonly share: number }[] | undefined
  /** Whether the most frequent class has at least ten times the rows of the rarest. */
  readonly imbalanced: boolean
  /** The report in sentences: what should be looked at. */
  readonly warnings: readonly string[]
}

/** What the sentences of a report are made from. */
type Facts = Omit<TableReport, 'warnings'>

/**
 * A report with its sentences.
 * @param unread sentences on columns that are read as words, but seem to hold numbers or dates.
 */
export function reportOf(facts: Facts, unread: readonly string[]): TableReport {
  const { rows, missing, leftOut, duplicates, leaky, classes, imbalanced } = facts
  const warnings = [
    ...leaky.map((leak) => leakSentence(leak, ignoring(leak.column))),
    ...leftOut.map(({ column, reason }) => `The column ${JSON.stringify(column)} is left out: ${reason}.`),
    ...unread,
    ...missing.flatMap(({ column, share: part }) =>
      part > 0.5 ? [`The column ${JSON.stringify(column)} is missing in ${share(part)} of the rows.`] : [],
    ),
    ...(duplicates > 0 ? [`${duplicates} of ${rows} rows are equal to an earlier one.`] : []),
    ...(imbalanced && classes
      ? [`The class ${JSON.stringify(classes.at(-1)!.label)} has ${classes.at(-1)!.count} of ${rows} rows.`]
      : []),
    ...(classes && classes.length > mostCodes && classes.every(({ label }) => numberOfWord(label) !== undefined)
      ? [`The target has ${classes.length} different numbers, and each is a class. TabularRegressor predicts numbers.`]
      : []),
  ]
  return { ...facts, warnings }
}

/** The option of fit that leaves a column out. */
export function ignoring(column: string): string {
  return `columns: { ${JSON.stringify(column)}: 'ignored' }`
}

/** @param option what leaves the column out. */
export function leakSentence({ column, score }: LeakyColumn, option: string): string {
  return (
    `The column ${JSON.stringify(column)} alone tells ${share(score)} of the target. If it is not known before the target ` +
    `is, leave it out: ${option}.`
  )
}

function share(part: number): string {
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`
}
