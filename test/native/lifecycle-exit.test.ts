import { describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

// Node waits for the current step.
const maxMs = 300
const tries = 5

describe('a process', () => {
  it.each(['fit', 'predict', 'abort', 'dispose'])('exits by itself after %s', async (action) => {
    expect(await runProgram('end.ts', [action])).toMatchObject({ ...clean, stdout: 'last line' })
  })

  it('does not exit before a fit that is not awaited', async () => {
    expect(await runProgram('end.ts', ['unawaited'])).toMatchObject({ ...clean, stdout: 'last linesettled ' })
  })

  // At different moments, and so in different parts of a step.
  it.each([
    ['large', 500],
    ['large', 537],
    ['large', 571],
    ['small', 300],
    ['small', 301],
  ])('process.exit() during fit of a %s network returns after %d ms of training', async (size, after) => {
    const times: number[] = []
    // The best of several tries, since other processes may delay this one.
    for (let i = 0; i < tries && !(Math.min(...times) < maxMs); i++) {
      const { at, ...ended } = await runProgram('exit.ts', [size, String(after)])
      const ms = at - Number(ended.stdout)
      console.log(`process.exit() during fit of a ${size} network: ${ms.toFixed(0)} ms`)
      expect(ended).toMatchObject(clean)
      times.push(ms)
    }
    expect(Math.min(...times)).toBeLessThan(maxMs)
  })
})
