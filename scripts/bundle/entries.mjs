/** The entries of the package, with their source in lib/: the whole and the subpaths of package.json's `exports`. */
export const entries = {
  index: 'index.ts',
  metrics: 'metrics/index.ts',
  preprocessing: 'preprocessing/index.ts',
  datasets: 'datasets/index.ts',
  'model-selection': 'model-selection/index.ts',
}

/** The binary and its path, for bin/ and the benchmarks; no one else can import it. */
export const internal = { native: 'native/addon.ts' }

/** Rooms that most entries use: one file of CommonJS, because Node opens one file faster than many. */
export const common = ['base', 'math', 'table', 'files', 'learning']
