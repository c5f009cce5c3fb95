import { parseArgs } from 'node:util'
import { type DataName, dataNames, presets } from './presets.js'

export interface DemoOptions {
  data: DataName
  /** A folder with the files of MNIST or Fashion-MNIST. */
  dir: string | undefined
  /** The path for the saved model. */
  save: string | undefined
  /** Units of each hidden layer. */
  hidden: readonly number[]
  epochs: number
  batchSize: number
  seed: number
  /** 0 chooses by the size of the work. */
  threads: number
}

/** A wrong command-line option. */
export class OptionError extends Error {}

export const usage = `Usage: npm run demo -- [options]
  --data name      ${dataNames.join(', ')}; digits by default
  --dir path       the folder of the files of mnist or fashion-mnist; downloads them once by default
  --hidden units   units of each hidden layer, such as 512,512
  --epochs n       passes over all images
  --batch-size n   images per step of training
  --seed n         the seed of weights and shuffles; 1 by default
  --threads n      threads to compute with; 0, the default, chooses by the size of the work
  --save path      the path of the saved model, a safetensors file
  --help           shows this`

const text = { type: 'string' } as const

/** @throws OptionError with the wrong option and the reason. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const data = readName(values.data ?? 'digits')
  if (values.dir !== undefined && data === 'digits') {
    throw new OptionError('--dir goes with --data mnist or --data fashion-mnist: the digits are built in.')
  }
  const preset = presets[data]
  return {
    data,
    dir: values.dir,
    save: values.save,
    hidden: values.hidden?.split(',').map((units) => readCount(units, '--hidden', 1)) ?? preset.hidden,
    epochs: readCount(values.epochs ?? `${preset.epochs}`, '--epochs', 1),
    batchSize: readCount(values['batch-size'] ?? `${preset.batchSize}`, '--batch-size', 1),
    seed: readCount(values.seed ?? '1', '--seed', 0),
    threads: readCount(values.threads ?? '0', '--threads', 0, 256),
  }
}

function parse(args: readonly string[]) {
  const options = {
    ...{ data: text, dir: text, save: text, hidden: text, epochs: text, seed: text, threads: text },
    'batch-size': text,
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new OptionError((error as Error).message)
  }
}

function readName(name: string): DataName {
  const dataName = dataNames.find((candidate) => candidate === name)
  if (dataName) return dataName
  throw new OptionError(`Expected one of ${dataNames.join(', ')} for --data, but got ${JSON.stringify(name)}.`)
}

function readCount(value: string, option: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const count = /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN
  if (count >= min && count <= max) return count
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new OptionError(`Expected a whole number ${range} for ${option}, but got ${JSON.stringify(value)}.`)
}
