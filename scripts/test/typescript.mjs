import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { tallyVitest } from './tally.mjs'

// The addon is loaded once a process and by several threads of one: both ways have to work. What trains most runs twice.
const inThreads = [
  'native',
  'parity/training',
  'parity/mlp',
  'unit/callbacks',
  'unit/estimators',
  'unit/model-selection',
]

const runs = [
  { pool: 'forks', files: [] },
  { pool: 'threads', files: [...inThreads.map((part) => join('test', part)), '--exclude=**/stream-memory.test.ts'] },
]

/** Runs the TypeScript suite in processes, and what trains and predicts in threads too. */
export function testTypeScript() {
  return tallyVitest(runs.map(runVitest))
}

function runVitest({ pool, files }) {
  const folder = join(root, '.cache', 'test')
  const file = join(folder, `vitest-${pool}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(file, { force: true })
  console.log(`\nTypeScript tests, pool: ${pool}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const args = [vitest, 'run', `--pool=${pool}`, ...reporters, ...files]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  return { report: read(file), exitCode: status ?? 1 }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
