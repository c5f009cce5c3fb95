// Kills ranks of groups at random moments, and checks what the others are left with:
//   node scripts/kill-ranks.mjs --count 50 --seed 1
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './setup/paths.mjs'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
})
const env = { ...process.env, PERCEPTRA_KILLS: values.count, PERCEPTRA_SEED: values.seed }
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const args = [vitest, 'run', 'test/native/group-faults.test.ts', '-t', 'random moments']
process.exitCode = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1
