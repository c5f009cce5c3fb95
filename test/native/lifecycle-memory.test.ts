import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeNative } from './programs/native-model.js'
import { clean, runProgram } from './programs/run.js'

describe('what nobody holds any more', () => {
  it.each([
    ['dense', 'none'],
    ['batchNormalization', 'half'],
    ['dropout', 'half'],
    ['embedding', 'half'],
    ['layerNormalization', 'half'],
  ])('is collected: models with %s (%s disposed of), data and bound rows', async (...kind) => {
    const { stdout, ...ended } = await runProgram('memory.ts', kind, ['--expose-gc'])
    expect(ended).toMatchObject(clean)
    const { peak, left, answers } = JSON.parse(stdout)
    console.log(`200 models with ${kind[0]}, and data sets: at most ${peak} MB more, ${left} MB in the end`)
    // They hold 1,400 MB together, or more.
    expect(peak).toBeLessThan(500)
    expect(left).toBeLessThan(150)
    const model = makeNative()
    const expected = new Float32Array(3)
    model.predictSync(new Float32Array(4).fill(1), 1, expected)
    expect(answers).toEqual([...expected])
  })
})

describe('predictSync for a row', () => {
  it('leaves nothing on the heap where it is given room for the answer', async () => {
    // Room for many stretches of calls, so that few of them are collected midway.
    const { stdout, ...ended } = await runProgram('serve.ts', [], ['--min-semi-space-size=16'])
    expect(ended).toMatchObject(clean)
    for (const { net, given, made } of JSON.parse(stdout)) {
      // Less than any object; a new Float32Array shows that the measure works.
      expect(given, net).toBeLessThan(4)
      expect(made, net).toBeGreaterThan(40)
    }
  })
})

describe('the package', () => {
  // Made of what was built last.
  it.skipIf(!existsSync(new URL('../../dist/index.js', import.meta.url)))(
    'gives require() and import the same classes',
    async () => {
      const { stdout, stderr, ...ended } = await runProgram('require.cjs')
      expect(ended).toMatchObject({ code: 0, signal: null })
      // Node 20 says that require() of ESM is an experiment; nothing else may be said.
      expect(stderr.replaceAll(/^\(.*ExperimentalWarning.*\n|^\(Use `node --trace-warnings.*\n/gm, '')).toBe('')
      expect(JSON.parse(stdout)).toEqual({ same: true, known: true, names: true })
    },
  )
})
