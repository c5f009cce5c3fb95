import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { kernelsVariable, listKernelsOfAddon } from './kernels.mjs'
import { tallyVitest } from './tally.mjs'

// The addon may be loaded by one process or by several threads of it. Tests that train run both ways.
const inThreads = [
  'native',
  'parity/training',
  'parity/mlp',
  'unit/callbacks',
  'unit/estimators',
  'unit/model-selection',
]

// Tests of timing; nothing else runs beside them.
const timed = [
  ...['lifecycle-event-loop', 'lifecycle-exit', 'lifecycle-turns', 'lifecycle-workers', 'fit-stop'].map(
    (what) => `native/${what}`,
  ),
  ...['unit/estimators/linear', 'unit/datasets/digits', 'parity/initializers'],
].map((name) => `test/${name}.test.ts`)

// What depends on the kernels: comparisons with other implementations, and every layer, loss and optimizer. It runs on each table of
// kernels. Left out: what is timed, and the rest of native/ and unit/, which tests arguments, files, callbacks and how runs end.
const numeric = [
  ...['parity/', 'native/every-option/', 'unit/estimators/mlp.test', 'unit/inspection/'],
  ...['blow-up', 'fit', 'fit-odd-moments', 'kernels', 'layers', 'learning-rate'].map((name) => `native/${name}.test`),
  ...['rounded-weights', 'row-weights', 'weights'].map((name) => `native/${name}.test`),
].map((name) => `test/${name}`)

const parts = inThreads.map((part) => `test/${part}`)
const besideOthers = [`--maxWorkers=${availableParallelism()}`, ...timed.map((file) => `--exclude=${file}`)]
const alone = ['--no-file-parallelism']

const runs = [
  { pool: 'forks', name: 'forks', args: besideOthers },
  { pool: 'forks', name: 'forks-timed', selected: timed, args: alone },
  { pool: 'threads', name: 'threads', selected: parts, args: [...besideOthers, '--exclude=**/stream-memory.test.ts'] },
  { pool: 'threads', name: 'threads-timed', selected: timed, args: alone },
]

/**
 * Runs the TypeScript tests in processes, those that train in worker threads too, and numeric ones on each other table of kernels of
 * this CPU; in parallel, except the tests of timing.
 */
export function testTypeScript() {
  return tallyVitest([...runs, ...runsOnOtherKernels()].map(runVitest))
}

function runsOnOtherKernels() {
  return listKernelsOfAddon().others.map((kernels) => ({
    ...{ pool: 'forks', name: `${kernels}-kernels`, selected: numeric, args: besideOthers },
    env: { [kernelsVariable]: kernels },
  }))
}

function runVitest({ pool, name, selected = [], args, env = {} }) {
  const folder = join(root, '.cache', 'test')
  const file = join(folder, `vitest-${name}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(file, { force: true })
  console.log(`\nTypeScript tests: ${name}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const command = [vitest, 'run', `--pool=${pool}`, ...reporters, ...selected, ...args]
  const { status } = spawnSync(process.execPath, command, {
    ...{ cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
    env: { ...process.env, ...env },
  })
  return { report: read(file), exitCode: status ?? 1, selected }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
