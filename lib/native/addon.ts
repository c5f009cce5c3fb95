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
  /** Weighted sums of rows from `firstRow` on into `out`, until `budgetMs` is spent; resolves to the rows done. */
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
  /** 0 .. count - 1 in an order that the seed and the stream name. */
  permutation(count: number, seed: number, stream: number): Uint32Array
  Model: new (spec: NativeSpec) => NativeModel
  /** Targets are values, `targetColumns` a row, or class numbers, one a row; null for rows to predict. */
  Dataset: new (
    x: Float32Array | Float64Array | Uint8Array,
    columns: number,
    targets: Float32Array | Int32Array | null,
    targetColumns: number,
    /** How much each row counts; null for once. */
    weights?: Float32Array | null,
  ) => NativeDataset
  Snapshot: new () => NativeSnapshot
  /** What computes here: the BLAS and its kernels, our kernels in use and all that this CPU can run, the cores. */
  info(): { blas: string; blasKernels: string; kernels: string; runnableKernels: string[]; cores: number }
  /** Registers the function that makes all errors of the native part. */
  makeErrorsWith(make: (code: string, message: string) => Error): void
}

// A bundle in CommonJS has no import.meta.url, but a __filename.
const file = import.meta.url ? fileURLToPath(import.meta.url) : __filename

// The sources lie one folder deeper in the package than dist/index.js.
const here = file.endsWith('.ts') ? dirname(dirname(file)) : dirname(file)

/** The addon, and the path from which it was loaded. */
export const { native, nativePath } = loadNative(here)

/** Loads the addon that `findNative` finds from `here`; throws what was looked for, what is wrong and what to do. */
export function loadNative(here: string): { native: Native; nativePath: string } {
  const place = findNative(here)
  const { path } = place
  if (path === undefined) throw missingNative(place, here)
  const fault = inspectNative(place, path)
  if (fault) throw fault
  try {
    // What require does in the end, without its search. Where this module is loaded twice, each copy has the addon's classes for itself.
    const addon = { exports: {} as Native }
    process.dlopen(addon, toNamespacedPath(path))
    addon.exports.makeErrorsWith(errorOf)
    return { native: addon.exports, nativePath: path }
  } catch (error) {
    throw loadingError(error as Error, place, path)
  }
}
