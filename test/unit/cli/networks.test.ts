import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { datasets, layers, MLPClassifier, MLPRegressor, Perceptron, Sequential } from '../../../lib/index.js'
import { folder, run } from './run.js'

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const { train, test } = datasets.digits()
const at = folder()

/** Rows without meaningful names, and a target. */
function csvOf(name: string, answer: (digit: number) => unknown): void {
  const columns = Array.from({ length: 64 }, (_, j) => `p${j}`)
  const lines = Array.from({ length: test.x.rows }, (_, i) => [...test.x.row(i), answer(test.y[i]!)].join(','))
  writeFileSync(join(at, name), `${[...columns, 'digit'].join(',')}\n${lines.join('\n')}\n`)
}

async function network(name: string, units: number, activation: string, loss: string, y: ArrayLike<number>) {
  const model = new Sequential({
    layers: [layers.dense({ units, activation: activation as 'linear', inputShape: [64] })],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: loss as 'meanSquaredError' })
  await model.fit(train.x, Float32Array.from(y), { epochs: 5 })
  await model.save(join(at, `${name}.safetensors`))
  return model
}

const isOdd = (digit: number) => digit % 2
const scoresOf = async (...args: string[]) => {
  const { out, err } = await run(at, ['evaluate', ...args, '--target', 'digit', '--json'])
  expect(err).toBe('')
  return JSON.parse(out)
}

beforeAll(() => {
  csvOf('digits.csv', String)
  csvOf('words.csv', (digit) => words[digit])
  csvOf('odd.csv', isOdd)
  csvOf('gap.csv', (digit) => (digit === 8 ? '' : digit))
})

describe('a plain network', () => {
  it('with softmax is scored as a classifier: its loss is the log loss of evaluate', async () => {
    const model = await network('soft', 10, 'softmax', 'sparseCategoricalCrossentropy', train.y as ArrayLike<number>)
    const { loss } = await model.evaluate(test.x, test.y)
    const { task, scores, classes } = await scoresOf('soft.safetensors', 'digits.csv')
    expect(task).toBe('classes')
    expect(scores.logLoss).toBeCloseTo(loss!, 5)
    expect(scores.accuracy).toBeGreaterThan(0.7)
    expect(classes.map(({ label }: { label: string }) => label)).toEqual([...'0123456789'])
    const named = await scoresOf('soft.safetensors', 'words.csv', '--classes', words.join())
    expect(named.scores).toEqual(scores)
    expect(named.classes[3].label).toBe('three')
  })

  it('takes names that are numbers as names alone, however they are written', async () => {
    await network('plus', 10, 'softmax', 'sparseCategoricalCrossentropy', train.y as ArrayLike<number>)
    csvOf('plus.csv', (digit) => digit + 1)
    csvOf('decimals.csv', (digit) => `${digit}.0`)
    const plain = await scoresOf('plus.safetensors', 'digits.csv')
    const classes = ['--classes', '1,2,3,4,5,6,7,8,9,10']
    expect((await scoresOf('plus.safetensors', 'plus.csv', ...classes)).scores).toEqual(plain.scores)
    for (const more of [[], ['--classes', '0,1,2,3,4,5,6,7,8,9']])
      expect((await scoresOf('plus.safetensors', 'decimals.csv', ...more)).scores).toEqual(plain.scores)
    expect((await scoresOf('plus.safetensors', 'digits.csv', '--classes', words.join())).scores).toEqual(plain.scores)
    for (const command of ['evaluate', 'report']) {
      const { code, err } = await run(at, [command, 'plus.safetensors', 'digits.csv', '--target', 'digit', ...classes])
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/has the class "0" in row \d+, but the network knows: 1, 2/),
      ])
    }
  })

  it('with one sigmoid unit is scored as two classes, with one linear unit as numbers', async () => {
    const odd = await network('odd', 1, 'sigmoid', 'binaryCrossentropy', Array.from(train.y, isOdd))
    const { loss } = await odd.evaluate(test.x, Array.from(test.y, isOdd))
    expect((await scoresOf('odd.safetensors', 'odd.csv')).scores.logLoss).toBeCloseTo(loss!, 5)
    const one = await network('one', 1, 'linear', 'meanSquaredError', train.y as ArrayLike<number>)
    const mse = (await one.evaluate(test.x, test.y)).loss!
    const { task, scores } = await scoresOf('one.safetensors', 'digits.csv')
    expect(task).toBe('numbers')
    expect(scores.rmse).toBeCloseTo(Math.sqrt(mse), 4)
  })

  it('has a report, with the names of --classes and of the columns', async () => {
    await network('page', 10, 'softmax', 'sparseCategoricalCrossentropy', train.y as ArrayLike<number>)
    const args = [
      'report',
      'page.safetensors',
      'words.csv',
      '--target',
      'digit',
      '--classes',
      words.join(),
      '--seed',
      '1',
    ]
    const { code, err } = await run(at, args)
    expect([code, err]).toEqual([0, ''])
    const page = readFileSync(join(at, 'page.html'), 'utf8')
    for (const word of ['seven', 'p63', 'digit']) expect(page).toContain(word)
  })

  it.each(['evaluate', 'report'])('%s says what is wrong with answers, columns and --classes', async (command) => {
    await network('bad', 10, 'softmax', 'sparseCategoricalCrossentropy', train.y as ArrayLike<number>)
    const tried = (...args: string[]) => run(at, [command, 'bad.safetensors', ...args])
    expect(await tried('words.csv', '--target', 'digit')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/has the class "\w+" in row 1, but the network knows: 0, 1.*--classes a,b,c/),
    })
    expect((await tried('gap.csv', '--target', 'digit')).err).toMatch(/gap\.csv has no "digit" in row \d+/)
    expect((await tried('words.csv', '--target', 'p0')).err).toMatch(
      /Expected numbers for "digit" in words\.csv.*--target NAME/,
    )
    expect((await tried('words.csv', '--target', 'digit', '--classes', 'a,b')).err).toMatch(
      /Expected 10 names for classes/,
    )
    expect((await tried('digits.csv', '--target', 'digit', '--classes', '0,0,2,3,4,5,6,7,8,9')).err).toMatch(
      /Expected each name once for classes, but got 0 twice/,
    )
    writeFileSync(join(at, 'cell.csv'), readFileSync(join(at, 'digits.csv'), 'utf8').replace(/\n[^,]*,/, '\n,'))
    expect((await tried('cell.csv', '--target', 'digit')).err).toMatch(/cell\.csv has a row without "p0"/)
    const { code, err } = await tried('digits.csv')
    expect(code).toBe(2)
    expect(err).toMatch(/does not name its target, since it is a Sequential: give --target NAME/)
  })
})

it.each([
  ['MLPClassifier', () => new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 5, tol: 0, seed: 1 })],
  ['MLPRegressor', () => new MLPRegressor({ hiddenLayerSizes: [8], maxIter: 5, tol: 0, seed: 1 })],
  ['Perceptron', () => new Perceptron({ seed: 1 })],
] as const)('report of a %s, which knows no names of columns, takes those of the file', async (name, make) => {
  const model = make() as unknown as {
    fit(x: unknown, y: unknown): Promise<unknown>
    save(path: string): Promise<void>
  }
  await model.fit(train.x, Array.from(train.y))
  await model.save(join(at, `${name}.safetensors`))
  const { code, err } = await run(at, [
    'report',
    `${name}.safetensors`,
    'digits.csv',
    '--target',
    'digit',
    '--seed',
    '1',
  ])
  expect([code, err]).toEqual([0, ''])
  expect(readFileSync(join(at, `${name}.html`), 'utf8')).toContain('p63')
  const { err: wrong, code: usage } = await run(at, [
    'report',
    `${name}.safetensors`,
    'digits.csv',
    '--target',
    'digit',
    '--classes',
    'a',
  ])
  expect(usage).toBe(2)
  expect(wrong).toContain(`--classes is for plain networks, but ${name}.safetensors holds a`)
})
