import { describe, expect, it } from 'vitest'
import { native } from '../../lib/native/addon.js'
import { clean, runProgram } from './programs/run.js'

const run = (value: string, program = 'verbose.ts') => runProgram(program, [], [], { PERCEPTRA_VERBOSE: value })

/** The lines about a topic, as objects: `step model=1 batch=32` is { model: '1', batch: '32' }. */
function about(topic: string, lines: string[]): Record<string, string>[] {
  return lines
    .filter((line) => line.startsWith(`perceptra ${topic} `))
    .map((line) =>
      Object.fromEntries(
        line
          .split(' ')
          .slice(2)
          .map((value) => value.split('=')),
      ),
    )
}

describe('PERCEPTRA_VERBOSE', () => {
  it('PERCEPTRA_VERBOSE prints nothing when it is empty or 0', async () => {
    for (const value of ['', '0']) expect(await run(value)).toMatchObject({ ...clean, stdout: 'last line' })
  })

  it('PERCEPTRA_VERBOSE prints once for each shape of a step how it is computed', async () => {
    const ended = await run('1')
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: 'last line' })
    const lines = ended.stderr.trimEnd().split('\n')
    expect(new Set(lines).size).toBe(lines.length)
    expect(lines.filter((line) => !line.startsWith('perceptra '))).toEqual([])

    const [machine] = about('machine', lines)
    expect(machine).toMatchObject({ values: 'fixed', cores: expect.stringMatching(/^\d+$/) })
    const steps = about('step', lines)
    expect(steps.map(({ batch }) => batch)).toEqual(['32', '16'])
    expect(steps[0]).toMatchObject({ model: '1', net: '784-128-10', shares: '2', layers_by_inputs: '1' })
    expect(about('threads', lines)).toMatchObject([{ batch: '32', by: 'option' }])
    expect(about('inference', lines)).toMatchObject([{ block: '80', threads: '1' }])

    const products = about('product', lines).filter(({ batch }) => batch === '32')
    expect(products.map(({ layer, product }) => `${layer} ${product}`)).toEqual([
      '0 forward',
      '0 weight_gradient',
      '1 forward',
      '1 input_gradient',
      '1 weight_gradient',
    ])
    for (const { by } of products) expect(by).toMatch(/^(own|blas)$/)
    expect(products[0]!.shape).toBe('32x392x128')
  })

  // On one core all that computes has one thread, whatever the option says.
  it.skipIf(native().info().cores < 2)('a fit with the option threads validates on as many threads', async () => {
    const ended = await run('1', 'verbose-validation.ts')
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: 'last line' })
    const all = about('inference', ended.stderr.trimEnd().split('\n'))
    // Of the 64 rows in training, and of those of validation.
    expect(all).toMatchObject([
      { block: '64', threads: '1' },
      { block: '256', threads: '1' },
    ])
  })
})
