import { describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

// In processes of their own: what goes wrong here would end the test runner.
describe('the native part, used wrongly', () => {
  it('throws an error with a code, whatever is wrong', async () => {
    expect(await runProgram('misuse.ts')).toMatchObject({ ...clean, stdout: 'all refused' })
  })

  it.each([1, 2])('survives any arguments (seed %d)', async (seed) => {
    const { stdout, ...ended } = await runProgram('fuzz.ts', [String(seed)])
    expect(ended).toMatchObject(clean)
    expect(stdout).toMatch(/^done/)
  })
})
