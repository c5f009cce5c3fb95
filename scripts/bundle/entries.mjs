/** The entries of the package, with their source in lib/: the whole and the subpaths of package.json's `exports`. */
export const entries = {
  index: 'index.ts',
  metrics: 'metrics/index.ts',
  preprocessing: 'preprocessing/index.ts',
  datasets: 'datasets/index.ts',
  'model-selection': 'model-selection/index.ts',
  interchange: 'interchange/index.ts',
  serving: 'serving/index.ts',
  report: 'report/index.ts',
  distributed: 'distributed/index.ts',
}

/** The command line, the playground that it opens, the binary and its path: for bin/ and the benchmarks; no one else can import them. */
export const internal = { native: 'native/addon.ts', playground: 'playground/index.ts', cli: 'cli/index.ts' }

/** Rooms that most entries use: one file of CommonJS, because Node opens one file faster than many. */
export const common = ['base', 'math', 'table', 'files', 'learning']

/** Rooms that the whole, `interchange`, `serving` and `report` use: a file of their own, so that none loads the other. */
export const models = [
  ...['spec', 'factories', 'callbacks', 'network', 'calibration', 'training', 'sequential.ts'],
  ...['estimators', 'pipeline', 'tabular', 'load.ts'],
]

/** Development packages that become a part of dist/: users install nothing more for them. */
export const bundled = ['@bufbuild/protobuf', 'commander']
