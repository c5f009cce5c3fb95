import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeNative } from './programs/native-model.js'
import { clean, runProgram } from './programs/run.js'

describe('the garbage collector', () => {
  it.each([
    ['dense', 'none'],
    ['batchNormalization', 'half'],
    ['dropout', 'half'],
    ['embedding', 'half'],
    ['layerNormalization', 'half'],
  ])('collects models with %s (%s of them disposed), data sets and bound rows', async (...kind) => {
    const { stdout, ...ended } = await runProgram('memory.ts', kind, ['--expose-gc'])
    expect(ended).toMatchObject(clean)
    const { peak, end, outputs } = JSON.parse(stdout)
    console.log(`200 models with ${kind[0]}, and data sets: at most ${peak} MB more, ${end} MB at the end`)
    // All of them together take at least 1,400 MB.
    expect(peak).toBeLessThan(500)
    expect(end).toBeLessThan(150)
    const model = makeNative()
    const expected = new Float32Array(3)
    model.predictSync(new Float32Array(4).fill(1), 1, expected)
    expect(outputs).toEqual([...expected])
  })
})

describe('predictSync of a single row', () => {
  it('allocates nothing on the heap with an array for the outputs', async () => {
    // A large new space, so that few of the measured runs of calls are interrupted by the collector.
    const { stdout, ...ended } = await runProgram('serve.ts', [], ['--min-semi-space-size=16'])
    expect(ended).toMatchObject(clean)
    for (const { net, withOut, withoutOut } of JSON.parse(stdout)) {
      // Less than any object takes. The second line shows that the measure detects a new Float32Array.
      expect(withOut, net).toBeLessThan(4)
      expect(withoutOut, net).toBeGreaterThan(40)
    }
  })
})

describe('the package', () => {
  // Tests the last build of dist/.
  it.skipIf(!existsSync(new URL('../../dist/index.js', import.meta.url)))(
    'has the same classes for require() and import',
    async () => {
      const { stdout, stderr, ...ended } = await runProgram('require.cjs')
      expect(ended).toMatchObject({ code: 0, signal: null })
      // Node 20 warns that require() of ESM is experimental; there must be no other output.
      expect(stderr.replaceAll(/^\(.*ExperimentalWarning.*\n|^\(Use `node --trace-warnings.*\n/gm, '')).toBe('')
      expect(JSON.parse(stdout)).toEqual({ same: true, instances: true, names: true })
    },
  )
})
