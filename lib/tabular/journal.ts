import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import type { Work } from '../base/breathing.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { Sequential } from '../sequential.js'
import { inputsOf, outputsOf } from '../spec/model.js'
import type { Trained } from './train.js'

const version = 1

/** Of a network: its inputs and outputs, and the rows that were held out from it. */
interface Sizes {
  readonly inputs: number
  readonly outputs: number
  readonly rows: number
}

/** A trained network as a line of the file. */
interface Line {
  readonly key: string
  readonly network: string
  readonly outputs: string
  readonly cols: number
  readonly epochs: number
  readonly bestEpoch: number | null
}

/**
 * The file of the option `resume`: JSON lines, the fingerprint of the fit, then a line for each network that was trained to its end.
 */
export class TabularJournal {
  readonly #path: string
  readonly #prefix: string
  readonly #lines = new Map<string, Line>()

  /**
   * Opens or creates a file.
   * @param subject the fingerprint of all that decides what is learned.
   * @param prefix what the keys of the networks begin with.
   * @throws FormatError for a file of another kind; ArgumentError for a file of another fit, or a path that cannot be written.
   */
  constructor(path: string, subject: string, prefix = '') {
    this.#path = path
    this.#prefix = prefix
    const head = JSON.stringify({ perceptra: 'table', version, subject })
    try {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      // A crash may have cut the first line short.
      if (!text.includes('\n') && head.startsWith(text)) writeFileSync(path, `${head}\n`)
      else this.#read(text, head)
    } catch (error) {
      if (error instanceof ArgumentError || error instanceof FormatError) throw error
      throw new ArgumentError(`Could not open the file ${path} of resume: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  /**
   * The network with this key; undefined if there is none.
   * @throws FormatError for one that cannot be read, or of other sizes.
   */
  async read(key: string, { inputs, outputs: cols, rows }: Sizes): Promise<Trained | undefined> {
    const line = this.#lines.get(this.#prefix + key)
    if (!line) return undefined
    const bytes = Buffer.from(line.outputs, 'base64')
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    const outputs = new Matrix(data, data.length / line.cols, line.cols)
    if (outputs.cols !== cols || outputs.rows !== rows) {
      const found = `${outputs.rows} rows of ${outputs.cols}`
      throw this.#wrong(key, `${rows} rows of ${cols} outputs, but there are ${found}`)
    }
    const network = await Sequential.load(new Uint8Array(Buffer.from(line.network, 'base64')))
    const spec = network.toJSON()
    if (inputsOf(spec) !== inputs || outputsOf(spec) !== cols) {
      network.dispose()
      const found = `${inputsOf(spec)} and ${outputsOf(spec)}`
      throw this.#wrong(key, `a network of ${inputs} inputs and ${cols} outputs, but it has ${found}`)
    }
    return { network, outputs, epochs: line.epochs, bestEpoch: line.bestEpoch ?? undefined }
  }

  #wrong(key: string, what: string): FormatError {
    return new FormatError(`Expected ${what}, for the network ${key} in the file ${this.#path}.`)
  }

  /** Appends a network synchronously, so that it survives a crash. */
  add(
    key: string,
    {
      network,
      outputs,
      epochs,
      bestEpoch = null,
    }: Omit<Trained, 'bestEpoch'> & { bestEpoch?: number | null | undefined },
  ): void {
    const { buffer, byteOffset, byteLength } = outputs.data
    const line: Line = {
      key: this.#prefix + key,
      network: Buffer.from(network.toBytes({ includeOptimizer: false })).toString('base64'),
      outputs: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
      ...{ cols: outputs.cols, epochs, bestEpoch },
    }
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`)
  }

  #read(text: string, head: string): void {
    const [first, ...lines] = text.split('\n')
    if (first !== head) {
      if (!first?.startsWith('{"perceptra":"table"'))
        throw new FormatError(`Expected the file of a fit at ${this.#path}, but it holds something else.`)
      throw new ArgumentError(
        `Expected the same fit for the file ${this.#path} of resume, but it has other rows or options, another seed, or is of another version. ` +
          'Name another file, or delete this one.',
      )
    }
    // A crash may have cut the last line short.
    const rest = lines.pop()!
    if (rest !== '') truncateSync(this.#path, Buffer.byteLength(text) - Buffer.byteLength(rest))
    for (const [k, text] of lines.entries()) {
      const line = readLine(text)
      if (!line)
        throw new FormatError(`Expected a network in line ${k + 2} of the file ${this.#path}, but it is damaged.`)
      this.#lines.set(line.key, line)
    }
  }
}

function readLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line
    const { key, network, outputs, cols, epochs, bestEpoch } = line
    const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0
    if (typeof key !== 'string' || typeof network !== 'string' || typeof outputs !== 'string') return undefined
    if (!isCount(cols) || cols < 1 || !isCount(epochs) || (bestEpoch !== null && !isCount(bestEpoch))) return undefined
    const { length } = Buffer.from(outputs, 'base64')
    return length % (4 * cols) === 0 ? line : undefined
  } catch {
    return undefined
  }
}

/** Bytes in one step, which takes about a millisecond. */
const hashedAtOnce = 1 << 20

/** A fingerprint of settings and numbers. */
export function* fingerprintOf(
  settings: object,
  arrays: readonly (Float32Array | Float64Array | Int32Array)[],
): Work<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (let at = 0; at < byteLength; at += hashedAtOnce) {
      hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(hashedAtOnce, byteLength - at)))
      yield
    }
  }
  return hash.digest('hex')
}
