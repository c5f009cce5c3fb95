import { describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

// A step in flight is waited for.
const soonMs = 300
const tries = 5

describe('a process', () => {
  it.each(['fit', 'predict', 'abort', 'dispose'])('ends by itself after %s', async (what) => {
    expect(await runProgram('end.ts', [what])).toMatchObject({ ...clean, stdout: 'last line' })
  })

  it('stays until a fit that nobody awaits is done', async () => {
    expect(await runProgram('end.ts', ['unawaited'])).toMatchObject({ ...clean, stdout: 'last linesettled ' })
  })

  // Moments that differ, so that different parts of a step are met.
  it.each([
    ['large', 500],
    ['large', 537],
    ['large', 571],
    ['small', 300],
    ['small', 301],
  ])('exits in mid-fit of a %s network, after %d ms', async (size, after) => {
    const seen: number[] = []
    // The best of a few tries, since other processes delay this one too.
    for (let i = 0; i < tries && !(Math.min(...seen) < soonMs); i++) {
      const { at, ...ended } = await runProgram('exit.ts', [size, String(after)])
      const ms = at - Number(ended.stdout)
      console.log(`process.exit() in mid-fit of a ${size} network: ${ms.toFixed(0)} ms`)
      expect(ended).toMatchObject(clean)
      seen.push(ms)
    }
    expect(Math.min(...seen)).toBeLessThan(soonMs)
  })
})
