import { parseArgs } from 'node:util'

/** The command-line options of a recipe. */
export interface RecipeOptions {
  /** The folder of the data's files; without it, the cache, or a download. */
  dir?: string | undefined
  epochs: number
  seed: number
  /** The number of training images, from the first on. */
  rows: number
  /** Number of compute threads; 0 chooses automatically. */
  threads: number
}

/** The defaults of a recipe. */
export interface Defaults {
  epochs: number
}

export function usageOf(name: string, { epochs }: Defaults): string {
  return `node --import tsx examples/${name}.ts [options]
  --dir path    the folder of the data's files; downloads them once by default
  --epochs n    passes over all images; ${epochs} by default
  --seed n      the seed of weights, shuffles and noise; 1 by default
  --rows n      the number of training images, from the first on; 60000, all, by default
  --threads n   threads to compute with; 0, the default, chooses by the size of the work
  --help        shows this`
}

/** @throws Error with the wrong option and the reason. */
export function readOptions(args: readonly string[], { epochs }: Defaults): RecipeOptions | 'help' {
  const value = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { dir: value, epochs: value, seed: value, rows: value, threads: value, help: { type: 'boolean' } },
  })
  if (values.help) return 'help'
  return {
    dir: values.dir,
    epochs: readCount('--epochs', values.epochs ?? `${epochs}`, 1),
    seed: readCount('--seed', values.seed ?? '1', 0),
    rows: readCount('--rows', values.rows ?? '60000', 1, 60000),
    threads: readCount('--threads', values.threads ?? '0', 0, 256),
  }
}

function readCount(option: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (count >= min && count <= max) return count
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new Error(`Expected a whole number ${range} for ${option}, but got ${JSON.stringify(text)}.`)
}
