import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
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
  ...['lifecycle-event-loop', 'lifecycle-exit', 'lifecycle-workers', 'fit-stop'].map((what) => `native/${what}`),
  ...['unit/estimators/linear', 'unit/datasets/digits', 'parity/initializers'],
].map((name) => `test/${name}.test.ts`)

const parts = inThreads.map((part) => join('test', part))
const besideOthers = [`--maxWorkers=${availableParallelism()}`, ...timed.map((file) => `--exclude=${file}`)]
const alone = ['--no-file-parallelism', ...timed]

const runs = [
  { pool: 'forks', name: 'forks', args: besideOthers },
  { pool: 'forks', name: 'forks-timed', args: alone },
  { pool: 'threads', name: 'threads', args: [...parts, ...besideOthers, '--exclude=**/stream-memory.test.ts'] },
  { pool: 'threads', name: 'threads-timed', args: alone },
]

/** Runs the TypeScript tests in processes, and those that train in worker threads too; in parallel, except the tests of timing. */
export function testTypeScript() {
  return tallyVitest(runs.map(runVitest))
}

function runVitest({ pool, name, args }) {
  const folder = join(root, '.cache', 'test')
  const file = join(folder, `vitest-${name}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(file, { force: true })
  console.log(`\nTypeScript tests: ${name}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const command = [vitest, 'run', `--pool=${pool}`, ...reporters, ...args]
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  return { report: read(file), exitCode: status ?? 1 }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
