import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { tallyVitest } from './tally.mjs'

// The addon is loaded once a process and by several threads of one: both ways have to work.
const pools = ['forks', 'threads']

/** Runs the TypeScript suite under each of vitest's pools. */
export function testTypeScript() {
  return tallyVitest(pools.map(runVitest))
}

function runVitest(pool) {
  const folder = join(root, '.cache', 'test')
  const file = join(folder, `vitest-${pool}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(file, { force: true })
  console.log(`\nTypeScript tests, pool: ${pool}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const args = [vitest, 'run', `--pool=${pool}`, ...reporters]
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
