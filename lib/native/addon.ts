import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { find, load } from '../../addon/index.js'
import { errorOf } from '../base/errors.js'
import type { NativeGroup } from './group.js'
import type { NativeLinearData, NativeLinearRun, NativeLinearSpec, NativeLinearState } from './linear.js'
import { explainLoading, inspectNative } from './load-error.js'
import type { NativeDataset, NativeModel, NativeSnapshot } from './model.js'
import type { NativeSpec } from './spec.js'

/** The addon. */
export interface Native {
  LinearRun: new (
    spec: NativeLinearSpec,
    data: NativeLinearData,
    from: NativeLinearState,
    /** Whether to make room for targets and weights only, which NativeLinearRun.copy copies. */
    later?: boolean,
  ) => NativeLinearRun
  /**
   * Writes w x + b of rows from `firstRow` on to `out`, for `budgetMs` at most; resolves to the number of rows done.
   */
  linearScores(
    state: NativeLinearState,
    data: NativeDataset,
    firstRow: number,
    out: Float64Array,
    budgetMs: number,
  ): Promise<number>
  linearScoresSync(
    state: NativeLinearState,
    x: Float32Array | Float64Array | Uint8Array,
    rows: number,
    out: Float64Array,
  ): void
  /**
   * The part of a shuffle of `order` that fills the places from `begin` up to, not including, `end`; parts come from the end on.
   * `position` is where the stream's random numbers begin: 0, or the result of the part before.
   */
  permutePart(order: Uint32Array, seed: number, stream: number, begin: number, end: number, position: number): number
  Model: new (spec: NativeSpec) => NativeModel
  /** Targets are values, `targetColumns` for each row, or class numbers, one for each row; null for rows to predict. */
  Dataset: new (
    x: Float32Array | Float64Array | Uint8Array,
    columns: number,
    targets: Float32Array | Int32Array | null,
    targetColumns: number,
    /** How much each row counts; null: 1. */
    weights?: Float32Array | null,
    options?: {
      /** Whether a Float64Array stays doubles, for linear models; false: rounded to float32. */
      wide?: boolean
      /** Whether to make room for the numbers only, which NativeDataset.copy copies. */
      later?: boolean
    },
  ) => NativeDataset
  Snapshot: new () => NativeSnapshot
  /** Listens on `host` at a free port. */
  Group?: new (options: {
    rank: number
    size: number
    host: string
  }) => NativeGroup
  /**
   * The BLAS and its kernels for this CPU, the addon's kernels in use and all that this CPU can run, the number of cores
   * that this process may use.
   */
  info(): { blas: string; blasKernels: string; kernels: string; runnableKernels: string[]; cores: number }
  /** Registers the function that makes all errors of the native part. */
  makeErrorsWith(make: (code: string, message: string) => Error): void
}

let loaded: Native | undefined

/**
 * The addon. The first call loads it, so importing the package does not: metrics and readers of files work without a binary.
 * @throws MlpError ERR_NATIVE that says what is wrong and what to do.
 */
export function native(): Native {
  loaded ??= loadNative()
  return loaded
}

/** Loads the binary that is found now. For tests; others call `native`. */
export function loadNative(): Native {
  return inCommonJs(loadChecked)
}

/** The path from which the addon is loaded; undefined if there is none. */
export function nativePath(): string | undefined {
  return inCommonJs(findBinary)
}

function loadChecked(): Native {
  const path = findBinary()
  const fault = path === undefined ? undefined : inspectNative(path)
  if (fault) throw fault
  try {
    const addon = load() as Native
    addon.makeErrorsWith(errorOf)
    return addon
  } catch (error) {
    throw explainLoading(error as Error, path)
  }
}

function findBinary(): string | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/**
 * Calls a function that uses addon/. A bundler may have put that file and node-gyp-build into an ES module, which has
 * neither `require` nor `__dirname`: for the time of the call they are global.
 */
function inCommonJs<T>(call: () => T): T {
  const url = import.meta.url
  // In CommonJS there is none.
  if (!url) return call()
  const missing = { require: createRequire(url), __dirname: dirname(fileURLToPath(url)) }
  const lent = Object.entries(missing).filter(([name]) => !(name in globalThis))
  Object.assign(globalThis, Object.fromEntries(lent))
  try {
    return call()
  } finally {
    for (const [name] of lent) delete (globalThis as Record<string, unknown>)[name]
  }
}
