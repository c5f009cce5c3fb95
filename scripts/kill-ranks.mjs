// Strikes ranks of groups at random moments, and checks what becomes of the others and of their run:
//   node scripts/kill-ranks.mjs --count 50 --seed 1 [--only sums|runs]
// `sums`: kill -9 of one of three ranks that only add up. `runs`: kill -9 or SIGSTOP of one of four that train under
// `npx perceptra launch`, which start again from their checkpoint; prints a table.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './setup/paths.mjs'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const env = { ...process.env, PERCEPTRA_KILLS: values.count, PERCEPTRA_SEED: values.seed }
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const parts = {
  sums: ['test/native/group-faults.test.ts', '-t', 'random moments'],
  runs: ['test/native/group-resume.test.ts'],
}

if (values.only !== undefined && !Object.hasOwn(parts, values.only))
  throw new Error(`--only takes ${Object.keys(parts).join(' or ')}, not ${values.only}.`)
if (!(Number.isInteger(Number(values.count)) && Number(values.count) > 0))
  throw new Error(`--count takes a whole number from 1 on, not ${values.count}.`)

for (const [part, args] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== part) continue
  if (part === 'runs')
    console.log('| rank | signal | after ms | epoch | restart ms | weights | orphans |\n|---|---|---|---|---|---|---|')
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...args], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 1
}
