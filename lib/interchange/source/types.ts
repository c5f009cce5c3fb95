import type { Label } from '../../learning/labels.js'
import type { SourceModel } from './code.js'
import { literal, text } from './writer.js'

/** More classes or columns than these are not spelled out in types. */
const most = 100

/** The declarations of a module's exports. */
export function declarationsOf({ model, columns, others = [], columnsMayLack, cells }: SourceModel): string {
  const lines = [
    '/** A value of a row; null, undefined and NaN are missing ones. */',
    `export type Cell = string | number | boolean |${cells ? ` ${cells} |` : ''} null | undefined`,
    ...(columns ? objectRow(columns, others, columnsMayLack) : []),
    '/** A row: its values in the order of columns. */',
    `export type Row = ArrayLike<Cell>${columns ? ' | ObjectRow' : ''}`,
  ]
  if (columns) lines.push('/** The names of columns, in order. */', `export declare const columns: readonly string[]`)
  if (!model) {
    lines.push('/** @throws TypeError for a wrong row. */', 'export declare function transform(row: Row): Float32Array')
    return `${lines.join('\n')}\n`
  }
  const { classes, result, probabilities } = model
  if (classes) {
    lines.push(`export type Label = ${labelType(classes)}`)
    lines.push('/** The classes, in the order of probabilities. */', 'export declare const classes: readonly Label[]')
  }
  const type = { label: 'Label', labels: '(0 | 1)[]', number: 'number', numbers: 'Float32Array' }[result]
  lines.push('/** @throws TypeError for a wrong row. */', `export declare function predict(row: Row): ${type}`)
  if (probabilities !== undefined) {
    lines.push('/** The probability of each class. @throws TypeError for a wrong row. */')
    lines.push('export declare function predictProba(row: Row): Float32Array')
  }
  return `${lines.join('\n')}\n`
}

function objectRow(columns: readonly string[], others: readonly string[], mayLack: boolean): string[] {
  const note = '/** A row as an object, by column. */'
  if (columns.length > most) return [note, 'export type ObjectRow = { readonly [column: string]: Cell }']
  const fields = columns.map((name) => `  readonly ${text(name)}${mayLack ? '?' : ''}: Cell`)
  const ignored = others.slice(0, most).map((name) => `  readonly ${text(name)}?: unknown`)
  return [note, 'export interface ObjectRow {', ...fields, ...ignored, '}']
}

function labelType(classes: readonly Label[]): string {
  const isSpelled = classes.length <= most && classes.every((label) => typeof label !== 'number' || label >= 0)
  if (isSpelled) return classes.map(literal).join(' | ')
  return [...new Set(classes.map((label) => typeof label))].join(' | ')
}
