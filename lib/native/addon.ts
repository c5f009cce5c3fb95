import { dirname, toNamespacedPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorOf } from '../base/errors.js'
import type { NativeLinearData, NativeLinearRun, NativeLinearSpec, NativeLinearState } from './linear.js'
import { inspectNative, loadingError, missingNative } from './load-error.js'
import type { NativeDataset, NativeModel, NativeSnapshot } from './model.js'
import { findNative } from './place.js'
import type { NativeSpec } from './spec.js'

/** The addon. */
export interface Native {
  LinearRun: new (spec: NativeLinearSpec, data: NativeLinearData, from: NativeLinearState) => NativeLinearRun
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
  /** The numbers from 0 to count - 1, shuffled by the seed and the stream. */
  permutation(count: number, seed: number, stream: number): Uint32Array
  Model: new (spec: NativeSpec) => NativeModel
  /** Targets are values, `targetColumns` for each row, or class numbers, one for each row; null for rows to predict. */
  Dataset: new (
    x: Float32Array | Float64Array | Uint8Array,
    columns: number,
    targets: Float32Array | Int32Array | null,
    targetColumns: number,
    /** How much each row counts; null: 1. */
    weights?: Float32Array | null,
  ) => NativeDataset
  Snapshot: new () => NativeSnapshot
  /**
   * The BLAS and its kernels for this CPU, the addon's kernels in use and all that this CPU can run, the number of cores
   * that this process may use.
   */
  info(): { blas: string; blasKernels: string; kernels: string; runnableKernels: string[]; cores: number }
  /** Registers the function that makes all errors of the native part. */
  makeErrorsWith(make: (code: string, message: string) => Error): void
}

// A CommonJS bundle has __filename in place of import.meta.url.
const file = import.meta.url ? fileURLToPath(import.meta.url) : __filename

// The source lies in lib/native/, one folder deeper than its bundle in dist/.
const here = file.endsWith('.ts') ? dirname(dirname(file)) : dirname(file)

/** The addon, and the path from which it was loaded. */
export const { native, nativePath } = loadNative(here)

/**
 * Loads the addon that `findNative` finds from `here`.
 * @throws MlpError ERR_NATIVE that says what is wrong and what to do.
 */
export function loadNative(here: string): { native: Native; nativePath: string } {
  const place = findNative(here)
  const { path } = place
  if (path === undefined) throw missingNative(place, here)
  const fault = inspectNative(place, path)
  if (fault) throw fault
  try {
    // As require does, but without its search and its cache: where this module is loaded twice, each copy has its own
    // classes of the addon.
    const addon = { exports: {} as Native }
    process.dlopen(addon, toNamespacedPath(path))
    addon.exports.makeErrorsWith(errorOf)
    return { native: addon.exports, nativePath: path }
  } catch (error) {
    throw loadingError(error as Error, place, path)
  }
}
