import { describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

// In separate processes: a crash would end the test runner.
describe('native code', () => {
  it('throws an error with a code for every wrong call', async () => {
    expect(await runProgram('misuse.ts')).toMatchObject({ ...clean, stdout: 'all threw' })
  })

  it.each([1, 2])('does not crash with random arguments (seed %d)', async (seed) => {
    const { stdout, ...ended } = await runProgram('fuzz.ts', [String(seed)])
    expect(ended).toMatchObject(clean)
    expect(stdout).toMatch(/^done/)
  })
})
