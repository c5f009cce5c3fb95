import { dirname, join } from 'node:path/posix'
import { findCycles } from './cycles.mjs'
import { readModule } from './module.mjs'

// The floors of lib/, lowest first: a file may import from its own floor and those below. A name is a file without
// .ts, or with a slash at its end a folder; the most exact one counts.
const floors = [
  [
    ...['errors', 'check', 'drawn', 'matrix', 'table', 'table-column', 'sample-weight', 'stopping'],
    // What everything that learns has, models or not.
    ...['estimators/learner', 'estimators/parameters', 'estimators/labels'],
    // Random numbers and the normal distribution, which data sets are made of as well.
    ...['preprocessing/random', 'preprocessing/normal'],
  ],
  [
    ...['native', 'native-spec', 'native-model', 'native-linear', 'native-place', 'native-file', 'native-error'],
    ...['formats/', 'datasets/', 'preprocessing/'],
  ],
  // What a network and its training are, in words and numbers.
  [
    ...[
      'spec',
      'compile-spec',
      'choice',
      'activations',
      'initializers',
      'layers',
      'losses',
      'metric-spec',
      'optimizers',
    ],
    ...[
      'activation-spec',
      'initializer-spec',
      'layer-spec',
      'tensor-spec',
      'regularizers',
      'constraints',
      'row-weights',
      'indices',
      'batch-source',
      'row-chunk',
    ],
    ...['schedule-spec', 'schedule-rates', 'schedules', 'rates', 'targets', 'summary', 'history', 'sums', 'callbacks/'],
    ...['loss-spec', 'loss-output', 'rate-spec', 'optimizer-spec', 'optimizer-slots'],
  ],
  // What runs one.
  [
    'core',
    'bound-row',
    'weights',
    'inference',
    'layer-view',
    'layer-statistics',
    'training-data',
    'fit-options',
    'epoch-parts',
    'training-run',
    'fit',
  ],
  ['sequential', 'saving', 'formats/model-file'],
  ['estimators/', 'metrics/', 'calibration/', 'inspection/', 'tabular/', 'model-selection/'],
  ['pipeline/'],
  ['load'],
  ['report/', 'serving/'],
  ['cli/'],
  ['index'],
]

// These know the lowest floor, Node's own modules and themselves: no model, no native part, not each other.
const alone = ['formats/', 'datasets/', 'preprocessing/']

// The one file that loads the addon, and the one that knows where it lies.
const loader = 'lib/native.ts'
const locator = 'lib/native-place.ts'

// The packages, and the one file that may import each: whatever replaces one, replaces it there.
const importers = {
  'csv-parse': 'lib/datasets/csv-records.ts',
  hyparquet: 'lib/datasets/parquet-file.ts',
}

/** What is wrong with the imports of lib/. */
export function checkTypeScript(files) {
  const modules = new Map()
  for (const path of Object.keys(files)) {
    if (path.startsWith('lib/') && path.endsWith('.ts')) modules.set(path, readModule(path, files[path]))
  }
  const graph = new Map([...modules].map(([path, module]) => [path, module.imports.map((name) => target(path, name))]))
  const problems = [...modules].flatMap(([path, module]) => [
    ...checkPlace(path),
    ...module.imports.flatMap((name) => checkImport(path, name)),
    ...checkLoading(path, module),
    ...checkIndex(path, module),
  ])
  return [
    ...problems,
    ...findCycles(graph).map((cycle) => `${cycle[0]}: imports go in a circle: ${cycle.join(' -> ')}`),
  ]
}

function target(path, name) {
  return name.startsWith('.') ? join(dirname(path), name).replace(/\.js$/, '.ts') : name
}

function checkPlace(path) {
  return placeOf(path) ? [] : [`${path}: has no floor in scripts/directions/typescript.mjs`]
}

function checkImport(path, name) {
  if (name.startsWith('node:')) return []
  if (!name.startsWith('.')) {
    const only = importers[name]
    if (only === undefined) return [`${path}: imports the package ${name}, which has no line in importers`]
    return path === only ? [] : [`${path}: imports the package ${name}, but only ${only} may`]
  }
  const to = target(path, name)
  if (!to.startsWith('lib/')) return [`${path}: imports ${to}, which is outside of lib/`]
  const [from, its] = [placeOf(path), placeOf(to)]
  if (!from || !its || from.name === its.name) return []
  if (its.floor > from.floor) return [`${path}: imports ${to} from a floor above its own`]
  if (alone.includes(from.name) && its.floor > 0) {
    return [`${path}: imports ${to}, but ${from.name} may know only ${floors[0].join(', ')}`]
  }
  return []
}

function checkLoading(path, { strings, names }) {
  if (path === loader) return []
  const signs = [
    ...strings.filter((text) => text === 'node-gyp-build' || (path !== locator && text.endsWith('.node'))),
    ...names.filter((name) => name === 'dlopen'),
  ]
  return signs.map((sign) => `${path}: loads the addon (${sign}), but only ${loader} may`)
}

function checkIndex(path, { onlyExports }) {
  if (!path.endsWith('/index.ts') || onlyExports) return []
  return [`${path}: holds more than exports from other files`]
}

/** The entry of `floors` that covers a file. */
function placeOf(path) {
  const name = path.slice('lib/'.length).replace(/\.ts$/, '')
  const entries = floors.flatMap((list, floor) => list.map((entry) => ({ name: entry, floor })))
  const exact = entries.find((entry) => entry.name === name)
  return exact ?? entries.find((entry) => entry.name.endsWith('/') && name.startsWith(entry.name))
}
