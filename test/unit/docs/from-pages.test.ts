import { describe, expect, it } from 'vitest'
import { readBlocks } from '../../support/markdown.js'
import { runProgram } from './run-program.js'

/** The number behind some text of the output. */
const numberBehind = (text: string) => (stdout: string) =>
  Number(new RegExp(`${text.replaceAll(/[[\](){}.]/g, '\\$&')}\\s*(-?[\\d.e-]+)`).exec(stdout)?.[1])
const last = (stdout: string) => Number(/(-?[\d.e-]+)[\s\]]*$/.exec(stdout)![1])

/** A piece of each program, a number of what it prints, and the bounds of that. */
const ports: Record<string, [string, (stdout: string) => number, [number, number]][]> = {
  'docs/from-keras.md': [
    ['digits.safetensors', (stdout) => Number(stdout.trim().split(' ').at(-2)), [0.9, 1]],
    ['reduceLROnPlateau', (stdout) => (stdout.match(/0\.\d+/g) ?? []).length, [11, 30]],
    ['ColumnTransformer', last, [0.95, 1]],
    ['async function* generate', last, [0.75, 1]],
    ['weights.json', numberBehind('Float32Array(1) ['), [0.375, 0.375]],
  ],
  'docs/from-tensorflowjs.md': [
    ['[20]', numberBehind('Float32Array(1) ['), [38.9, 39.1]],
    ['digits.safetensors', numberBehind('\n9'), [0.8, 1]],
    ['csvBatches', last, [0, 0.1]],
    ['weights.json', numberBehind('Float32Array(1) ['), [0.375, 0.375]],
  ],
  'docs/from-scikit-learn.md': [
    ['classificationReport', (stdout) => Number(stdout.split('\n')[0]), [0.93, 1]],
    ['jobs.safetensors', (stdout) => Number(stdout === 'yes\nyes\n'), [1, 1]],
    ['RandomSearch', (stdout) => Number(/\} (0\.\d+)/.exec(stdout)![1]), [0.85, 1]],
    ['csvBatches', (stdout) => Number(stdout.trim().endsWith('yes')), [1, 1]],
    ["cv: 'prefit'", last, [0, 0.4]],
  ],
}

describe.each(Object.entries(ports))('%s', (page, entries) => {
  const programs = readBlocks(page).filter(({ language }) => language === 'ts')

  it('has the original beside each program', () => {
    const languages = readBlocks(page).map(({ language }) => language)
    const original = page.includes('tensorflowjs') ? 'js' : 'python'
    expect(languages).toEqual(programs.flatMap(() => [original, 'ts']))
  })

  it.each(entries)('the program with %s computes what it should', (text, read, [low, high]) => {
    const [program, ...others] = programs.filter(({ code }) => code.includes(text))
    expect(others).toEqual([])
    const { stdout } = runProgram(program!.code)
    expect(read(stdout), stdout).toBeGreaterThanOrEqual(low)
    expect(read(stdout), stdout).toBeLessThanOrEqual(high)
  })
})
