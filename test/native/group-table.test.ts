import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { runProgram } from './programs/run.js'

it('trains a table model on two ranks, the same as in one process', async () => {
  const PERCEPTRA_STORE = pathToFileURL(mkdtempSync(join(tmpdir(), 'perceptra-ranks-'))).href
  const run = (env: NodeJS.ProcessEnv) => runProgram('rank-table.ts', [], [], env, 100_000)
  const ranks = [0, 1].map((rank) => run({ RANK: `${rank}`, WORLD_SIZE: '2', PERCEPTRA_STORE }))
  const [alone, ...all] = await Promise.all([run({}), ...ranks])
  expect(alone).toMatchObject({ code: 0, stderr: '' })
  const { networks, predictions } = JSON.parse(alone.stdout)
  expect(networks).toBeGreaterThan(1)
  for (const { code, stdout, stderr } of all) {
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual({ networks, predictions })
  }
}, 120_000)
