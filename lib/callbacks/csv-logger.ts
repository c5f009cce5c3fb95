import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { checkBoolean, checkOptions, checkString, describe, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import { toPathError } from '../files/atomic-write.js'
import { perRun } from './per-run.js'
import type { Callback, TrainingRun } from './types.js'

/** Options of `csvLogger`. */
export interface CsvLoggerOptions {
  path: string
  /** The character between two columns; `','` by default. */
  separator?: string | undefined
  /** Whether to append to an existing file instead of replacing it; false by default. */
  append?: boolean | undefined
}

/**
 * Writes a header and then, at the end of each epoch, a line with its number, counted from 0, and its logs. As Keras's
 * CSVLogger.
 * @throws ArgumentError for wrong options; fit throws it for a file that cannot be written or, with `append`, has other
 * columns.
 * @example
 * const { train } = datasets.digits()
 * await model.fit(train.x, train.y, { epochs: 3, callbacks: [callbacks.csvLogger({ path: 'log.csv' })] })
 */
export function csvLogger(options: CsvLoggerOptions): Callback {
  checkOptions(
    options,
    'callbacks.csvLogger()',
    optionKeys<CsvLoggerOptions>({ path: true, separator: true, append: true }),
  )
  const { path, separator = ',', append = false } = options
  if (typeof separator !== 'string' || !/^[^\w."+\-\r\n]$/.test(separator)) {
    throw invalid('separator', "one character that is in no number, such as ','", separator)
  }
  return perRun(() => new CsvLogger(checkString(path, 'path'), separator, checkBoolean(append, 'append')))
}

class CsvLogger implements Callback {
  readonly #path: string
  readonly #separator: string
  readonly #append: boolean
  /** The first line of the file; undefined before the first epoch of a new file. */
  #header: string | undefined
  #writes = true

  constructor(path: string, separator: string, append: boolean) {
    this.#path = path
    this.#separator = separator
    this.#append = append
  }

  async onTrainBegin({ rank }: TrainingRun): Promise<void> {
    this.#header = undefined
    this.#writes = !(rank > 0)
    if (!this.#writes) return
    await this.#access(async () => {
      if (!this.#append) return writeFile(this.#path, '')
      const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      })
      if (text !== '') this.#header = text.split('\n', 1)[0]!
      // Completes a line that a killed process left unfinished.
      return appendFile(this.#path, text === '' || text.endsWith('\n') ? '' : '\n')
    })
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (!this.#writes) return
    const header = ['epoch', ...Object.keys(logs)].join(this.#separator)
    if (this.#header !== undefined && this.#header !== header) {
      throw new ArgumentError(
        `Could not add to ${this.#path}: its first line is ${describe(this.#header)}, but these logs need ` +
          `${describe(header)}. Give another path, or leave append out.`,
      )
    }
    const line = `${[epoch, ...Object.values(logs)].join(this.#separator)}\n`
    await this.#access(() => appendFile(this.#path, this.#header === undefined ? `${header}\n${line}` : line))
    this.#header = header
  }

  /** Errors of the file system name the path. */
  async #access(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw toPathError(error, this.#path)
    }
  }
}
