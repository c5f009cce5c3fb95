import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { datasets, Sequential } from '../../lib/index.js'
import { sharedData } from '../unit/datasets/shared-data.js'
import { accuracyOf, confusionOf, secondsOf, spawnDemo } from './spawn-demo.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perceptra-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

function sum(counts: readonly number[][]): number {
  return counts.flat().reduce((total, count) => total + count, 0)
}

/** A folder of four files with the names of MNIST that are not IDX files. */
async function brokenMnist(): Promise<string> {
  const dir = join(folder, 'broken')
  await mkdir(dir)
  const kinds = ['images-idx3', 'labels-idx1']
  const names = ['train', 't10k'].flatMap((part) => kinds.map((kind) => `${part}-${kind}-ubyte`))
  for (const name of names) await writeFile(join(dir, name), 'not an image')
  return dir
}

describe('the demo', () => {
  it('learns the digits, prints plain lines, and saves the model', async () => {
    const file = join(folder, 'digits.safetensors')
    const { code, stdout, stderr } = await spawnDemo(['--save', file])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: asserts that there are none.
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
    expect(stdout.match(/^Epoch +\d+\/20 .* loss .* accuracy .* rows\/s$/gm)).toHaveLength(20)
    expect(accuracyOf(stdout)).toBeGreaterThanOrEqual(0.97)
    expect(secondsOf(stdout)).toBeLessThan(10)

    const counts = confusionOf(stdout)
    expect(counts.map((row) => row.length)).toEqual(new Array(10).fill(10))
    expect(sum(counts)).toBe(360)
    const correct = counts.reduce((total, row, i) => total + row[i]!, 0)
    expect(correct / 360).toBeCloseTo(accuracyOf(stdout), 4)
    expect(stdout).toMatch(/^The most confident of \d+ mistakes$/m)
    expect(stdout).toMatch(/read as \d \(\d+\.\d %\)/)
    expect(stdout).toContain('the same 360 predictions, bit by bit')

    using model = await Sequential.load(file)
    const { test } = datasets.digits()
    expect((await model.evaluate(test.x, test.y)).accuracy).toBeCloseTo(correct / 360, 6)
  })

  it.each([2, 3, 4])('learns the digits with seed %i', async (seed) => {
    const { code, stdout } = await spawnDemo(['--seed', `${seed}`])
    expect(code).toBe(0)
    expect(accuracyOf(stdout)).toBeGreaterThanOrEqual(0.97)
  })

  it('learns MNIST from a folder', async () => {
    const args = ['--data', 'mnist', '--dir', sharedData('mnist'), '--epochs', '1', '--hidden', '64']
    const { code, stdout, stderr } = await spawnDemo(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(accuracyOf(stdout)).toBeGreaterThan(0.93)
    expect(sum(confusionOf(stdout))).toBe(10000)
    expect(stdout).toContain('the same 10,000 predictions, bit by bit')
  })

  it('stops training on Ctrl-C and prints the results so far', async () => {
    const { code, stdout, stderr } = await spawnDemo(['--epochs', '1000000'], 'Epoch     100/')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Stopped after \d+ whole epochs, in [\d.]+ seconds$/m)
    expect(sum(confusionOf(stdout))).toBe(360)
  })

  it.each([
    [['--epoch', '3'], "demo: Unknown option '--epoch'"],
    [['--data', 'cifar'], 'demo: Expected one of digits, mnist, fashion-mnist for --data, but got "cifar".'],
  ])('prints the error and the usage for %j', async (args, line) => {
    const { code, stdout, stderr } = await spawnDemo(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.split('\n')[0]).toBe(line)
    expect(stderr).toContain('Usage: npm run demo -- [options]')
  })

  it('rejects a path in a missing folder before training', async () => {
    const file = join(folder, 'missing', 'digits.safetensors')
    const { code, stdout, stderr } = await spawnDemo(['--save', file])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `demo: --save ${file}: the folder ${join(folder, 'missing')} is missing or cannot be written to.\n`,
    )
  })

  it('prints one line for broken data files', async () => {
    const { code, stderr } = await spawnDemo(['--data', 'mnist', '--dir', await brokenMnist()])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^demo: .*train-images-idx3-ubyte.*\n$/)
  })

  it('prints its options with --help', async () => {
    const { code, stdout } = await spawnDemo(['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: npm run demo/)
  })
})
