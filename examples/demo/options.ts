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
  /** 0: as many as pay. */
  threads: number
}

/** A wrong command-line option. */
export class OptionError extends Error {}

export const usage = `Usage: npm run demo -- [options]
  --data name      ${dataNames.join(', ')}; digits by default
  --dir path       the folder of the files of mnist or fashion-mnist; else they are downloaded, once
  --hidden units   units of each hidden layer, such as 512,512
  --epochs n       how often to go through all images
  --batch-size n   images per step of training
  --seed n         what weights and shuffles are drawn from; 1 by default
  --threads n      threads to compute with; 0, the default, chooses
  --save path      where to keep the model, as a safetensors file
  --help           shows this`

const text = { type: 'string' } as const

/** @throws OptionError with the wrong option and the reason. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const given = parse(args)
  if (given.help) return 'help'
  const data = readName(given.data ?? 'digits')
  if (given.dir !== undefined && data === 'digits') {
    throw new OptionError('--dir goes with --data mnist or --data fashion-mnist: the digits are built in.')
  }
  const preset = presets[data]
  return {
    data,
    dir: given.dir,
    save: given.save,
    hidden: given.hidden?.split(',').map((units) => readCount(units, '--hidden', 1)) ?? preset.hidden,
    epochs: readCount(given.epochs ?? `${preset.epochs}`, '--epochs', 1),
    batchSize: readCount(given['batch-size'] ?? `${preset.batchSize}`, '--batch-size', 1),
    seed: readCount(given.seed ?? '1', '--seed', 0),
    threads: readCount(given.threads ?? '0', '--threads', 0, 256),
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
  const known = dataNames.find((each) => each === name)
  if (known) return known
  throw new OptionError(`Expected one of ${dataNames.join(', ')} for --data, but got ${JSON.stringify(name)}.`)
}

function readCount(value: string, option: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const count = /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN
  if (count >= min && count <= max) return count
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new OptionError(`Expected a whole number ${range} for ${option}, but got ${JSON.stringify(value)}.`)
}
