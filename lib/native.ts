import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MlpError } from './errors.js'
import type { NativeLinearData, NativeLinearRun, NativeLinearSpec, NativeLinearState } from './native-linear.js'
import type { NativeDataset, NativeModel, NativeSnapshot } from './native-model.js'
import type { NativeSpec } from './native-spec.js'

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
  /** What computes here: the BLAS, its kernels for this CPU, ours, and the cores. */
  info(): { blas: string; blasKernels: string; kernels: string; cores: number }
}

const root = fileURLToPath(new URL('..', import.meta.url))

function load(): Native {
  const require = createRequire(import.meta.url)
  try {
    const nodeGypBuild = require('node-gyp-build') as (root: string) => Native
    return nodeGypBuild(root)
  } catch (error) {
    throw new MlpError(
      `perceptra's native part could not be loaded for ${process.platform}-${process.arch}, Node ${process.version}: ` +
        `${(error as Error).message}\nLooked in ${root}build/Release and ${root}prebuilds. ` +
        'To build it from source, run `npm run build:native` there (needs a C++ compiler, CMake and OpenBLAS).',
      'ERR_NATIVE',
      { cause: error },
    )
  }
}

export const native: Native = load()
