import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { learnAbalone } from '../../examples/ports/abalone.js'
import { countLines } from '../../examples/ports/count.mjs'
import { runCallbacks } from '../../examples/ports/custom-callbacks.js'
import { learnFuel } from '../../examples/ports/fuel.js'
import { findLetter } from '../../examples/ports/imbalanced.js'
import { learnIris } from '../../examples/ports/iris.js'
import { learnStructuredData } from '../../examples/ports/structured-data.js'
import { learnTexts } from '../../examples/ports/text-mlp.js'
import { transfer } from '../../examples/ports/transfer.js'
import { root } from '../support/markdown.js'
import { readTables } from '../support/tables.js'
import { sharedData } from '../unit/datasets/shared-data.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-ports-'))
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterAll(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

it('iris tells the species of nearly all test flowers, also from the saved file', async () => {
  const path = join(folder, 'iris.safetensors')
  const { accuracy, valLoss, answer } = await learnIris(sharedData('iris'), { path })
  expect(accuracy).toBeGreaterThan(0.85)
  expect(valLoss).toHaveLength(40)
  expect(valLoss.at(-1)).toBeLessThan(valLoss[0]! / 2)
  expect(answer).toBe('setosa')
})

it('abalone learns from batches of a CSV file, and saves', async () => {
  const path = join(folder, 'abalone.safetensors')
  const { loss, valLoss, age } = await learnAbalone(sharedData('abalone'), { epochs: 30, batchSize: 50, path })
  // The variance of the ages is 11.2 in the first rows, 6.2 in the last.
  expect(loss.at(-1)).toBeLessThan(9)
  expect(valLoss.at(-1)).toBeLessThan(6)
  expect(age).toBeGreaterThan(7)
  expect(age).toBeLessThan(14)
})

it('text-mlp tells spam from other messages', async () => {
  const { accuracy, loss } = await learnTexts(sharedData('sms-spam'), { epochs: 3 })
  // 87 % are no spam.
  expect(accuracy).toBeGreaterThan(0.97)
  expect(loss).toBeLessThan(0.12)
})

it('imbalanced finds nearly all of the rare rows, and writes a checkpoint an epoch', async () => {
  const { tp, fn, fp, tn, precision, recall } = await findLetter(sharedData('letter'), { folder, epochs: 6 })
  expect(tp + fn + fp + tn).toBe(4000)
  expect(recall).toBeGreaterThan(0.9)
  expect(precision).toBeGreaterThan(0.3)
  const checkpoints = readdirSync(folder).filter((name) => name.startsWith('letter_at_epoch_'))
  expect(checkpoints.sort()).toEqual([1, 2, 3, 4, 5, 6].map((epoch) => `letter_at_epoch_${epoch}.safetensors`))
})

it('structured-data learns from numbers and categories, and predicts for a plain object', async () => {
  const { accuracy, probability } = await learnStructuredData(sharedData('titanic'))
  // 62 % died.
  expect(accuracy).toBeGreaterThan(0.75)
  expect(probability).toBeGreaterThan(0.8)
})

it('fuel stops early, with a small error', async () => {
  const { stopReason, trained, meanAbsoluteError } = await learnFuel(sharedData('mpg'))
  expect(stopReason).toBe('earlyStopping')
  expect(trained).toBeLessThan(1000)
  // That of the mean is 6.5.
  expect(meanAbsoluteError).toBeLessThan(2.5)
})

it('custom-callbacks are called, stop training and set the rate', async () => {
  const { lines, loss, stoppedEpoch, stopReason, rates } = await runCallbacks(sharedData('mnist'))
  const keys = 'loss,meanAbsoluteError,valLoss,valMeanAbsoluteError'
  expect(lines[0]).toBe(`Starting training; log keys: ${keys}`)
  expect(lines[1]).toBe('Start epoch 0')
  expect(lines).toContain('...step 4 of 4')
  expect(lines).toContain(`End epoch 0; log keys: ${keys}`)
  expect(lines.some((line) => /^Epoch 1: loss [\d.]+, mean absolute error [\d.]+$/.test(line))).toBe(true)
  expect(loss).toBeGreaterThan(0)
  expect(stopReason).toBe('stopTraining')
  expect(stoppedEpoch).toBeGreaterThan(0)
  expect(stoppedEpoch).toBeLessThan(29)
  expect(rates).toEqual([0.1, 0.05, 0.01, 0.005, 0.001].flatMap((rate) => [rate, rate, rate]))
})

it('transfer keeps the frozen layer, and learns five other digits above it', async () => {
  const { accuracy, accuracyAfter, kept } = await transfer(sharedData('mnist'), { epochs: 3, limit: 3000 })
  expect(accuracy).toBeGreaterThan(0.93)
  expect(accuracyAfter).toBeGreaterThan(0.7)
  expect(kept).toBe(true)
})

const ports = join(root, 'examples/ports')
const [table] = readTables(readFileSync(join(ports, 'README.md'), 'utf8'))

it('the README lists each port, with its lines', () => {
  const files = readdirSync(ports).filter(
    (name) => name.endsWith('.ts') && name !== 'main.ts' && name !== 'count.d.mts',
  )
  const listed = table!.rows.map(([port]) => port!.match(/\((.*)\)/)![1]!)
  expect(listed.sort()).toEqual(files.sort())
  for (const row of table!.rows) {
    const file = row[0]!.match(/\((.*)\)/)![1]!
    expect([file, Number(row.at(-1))]).toEqual([file, countLines(file, readFileSync(join(ports, file), 'utf8'))])
  }
})

it('countLines leaves out what is no code', () => {
  const python =
    '"""A page.\n\nIts text."""\nimport a  # why\n\n# a comment\nx = """a\nb"""\nrows = [\n  [1, 2.5],\n  3, -4\n]\n'
  expect(countLines('a.py', python)).toBe(5)
  const script = '/**\n * text\n */\nconst a = 1 // why\n// no\n/* x */\n}\n'
  expect(countLines('a.js', script)).toBe(2)
  const cells = [
    { cell_type: 'code', source: ['a = 1\n', '# no\n', 'b = 2'] },
    { cell_type: 'markdown', source: 'text' },
    { cell_type: 'code', source: 'c = 3' },
  ]
  expect(countLines('a.ipynb', JSON.stringify({ cells }))).toBe(3)
})
