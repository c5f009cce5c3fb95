import { extname } from 'node:path'
import { describe, nearest } from '../../base/check.js'
import { readKind } from '../../files/read-kind.js'
import { type Loaded, load } from '../../load.js'
import { Sequential } from '../../sequential.js'
import { Servable, type ServableModel } from '../../serving/servable.js'
import { wordColumns } from '../../serving/word-columns.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import { UsageError, wrong } from '../terminal/failure.js'

/** A model from a file, ready to answer. */
export interface OpenedModel {
  readonly path: string
  readonly model: Loaded
  readonly servable: Servable
  /** Whether it takes words for numbers, as table models do. */
  readonly takesWords: boolean
  /** The columns that held words in training: a cell such as 1 is a word there, too. */
  readonly words: ReadonlySet<string>
}

/** @throws ArgumentError, FormatError for a file that holds no model. */
export async function openModel(path: string): Promise<OpenedModel> {
  if (/\.(csv|tsv|ndjson|jsonl|parquet)(\.gz)?$/i.test(path)) {
    throw new UsageError(
      `Expected a model first, but got ${path}. The file of the model comes before that of the rows.`,
    )
  }
  if (/\.(onnx|keras|h5|json)$/i.test(path)) {
    throw new UsageError(
      `${path} is a model of another library: npx perceptra convert ${path} ${path.slice(0, -extname(path).length)}.safetensors reads it.`,
    )
  }
  const model = await load(path)
  const servable = new Servable(model as ServableModel, '1')
  const takesWords = model instanceof TabularClassifier || model instanceof TabularRegressor
  return { path, model, servable, takesWords, words: takesWords ? new Set() : wordColumns(model) }
}

/** The columns of words, with the target where the classes are words. */
export function wordsWith({ servable, words }: OpenedModel, target: string): ReadonlySet<string> {
  return servable.classes?.some((label) => typeof label === 'string') ? new Set([...words, target]) : words
}

/** The kind of model in a file, from its head alone; `Sequential` where it is not named. */
export async function kindIn(path: string): Promise<string> {
  return (await readKind(path)) ?? 'Sequential'
}

/** The columns that a model reads, and how a row of them is given to it. */
export interface Entrance {
  readonly columns: readonly string[]
  rowOf(cells: Readonly<Record<string, unknown>>): unknown
}

/**
 * What a model takes of rows with these columns.
 * @param target a column that is not read.
 * @throws ArgumentError that names missing columns, or a wrong number of columns.
 */
export function entranceOf(
  { servable, model }: OpenedModel,
  names: readonly string[],
  target: string | undefined,
  file: string,
): Entrance {
  const { columns, inputs } = servable
  if (columns) {
    const missing = columns.filter((name) => !names.includes(name))
    const needed = missing.filter((name) => isNeeded(servable, name))
    if (needed.length > 0) throw missingColumns(needed, names, file)
    const present = columns.filter((name) => names.includes(name))
    return {
      columns: present,
      rowOf: (cells) => Object.fromEntries(present.map((name) => [name, cells[name] ?? null])),
    }
  }
  const own = names.filter((name) => name !== target)
  if (inputs !== undefined && own.length !== inputs) {
    const advice =
      target === undefined && own.length === inputs + 1 ? ' If one of them is the target, name it: --target NAME.' : ''
    throw wrong(
      `Expected ${inputs} columns of numbers in ${file}, as the model has no names of columns, but there are ${own.length}.${advice}`,
    )
  }
  // Others may fill missing cells.
  const isNetwork = model instanceof Sequential
  return {
    columns: own,
    rowOf: (cells) =>
      own.map((name) => {
        const number = numberOf(cells[name], name, file)
        if (!isNetwork || !Number.isNaN(number)) return number
        throw wrong(`${file} has a row without ${describe(name)}, but a network needs a number for each input.`)
      }),
  }
}

/** A cell for a model without names of columns: NaN where it is missing. */
function numberOf(cell: unknown, name: string, file: string): number {
  const number = Number(cell ?? Number.NaN)
  if (!Number.isNaN(number) || typeof cell !== 'string') return number
  throw wrong(
    `Expected numbers for ${describe(name)} in ${file}, as the model has no names of columns, but got ${describe(cell)}. ` +
      'If it is the target, name it: --target NAME.',
  )
}

/** Columns that a table model leaves out may be missing. */
function isNeeded({ model }: Servable, name: string): boolean {
  if (!(model instanceof TabularClassifier || model instanceof TabularRegressor)) return true
  if (model.getParams().missingColumns === 'impute') return false
  return !model.report.leftOut.some(({ column }) => column === name)
}

function missingColumns(missing: readonly string[], names: readonly string[], file: string) {
  const words = missing.map((name) => {
    const near = nearest(name, names)
    return describe(name) + (near ? ` (is it ${describe(near)}?)` : '')
  })
  return wrong(
    `${file} lacks ${missing.length === 1 ? 'a column' : 'columns'} that the model was trained with: ${words.slice(0, 12).join(', ')}` +
      `${words.length > 12 ? `, and ${words.length - 12} more` : ''}. It has: ${names.slice(0, 12).map(describe).join(', ')}.`,
  )
}
