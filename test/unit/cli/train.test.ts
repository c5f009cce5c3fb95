import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { load, TabularClassifier, TabularRegressor } from '../../../lib/index.js'
import { csvOf, customers, ended, run, start, withCustomers } from './run.js'

const target = ['--target', 'churned', '--seed', '1']

it('trains on a CSV file, scores held-out rows, saves the model and says what comes next', async () => {
  const cwd = withCustomers()
  const { code, out, err } = await run(cwd, ['train', 'customers.csv', ...target])
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/Score on 80 rows that were held out, which training never saw:\n {2}accuracy +[01]/)
  expect(out).toContain('npx perceptra serve churned.safetensors')
  const body = /curl localhost:8080\/models\/churned\/predict -d '(.*)'/.exec(out)![1]!
  const model = await load<TabularClassifier>(join(cwd, 'churned.safetensors'))
  expect(['yes', 'no']).toContain(model.predictSync(JSON.parse(body)))
  expect(JSON.parse(body)).not.toHaveProperty('churned')
})

it('gives the same score and bytes for the same seed, and prints events of JSON', async () => {
  const cwd = withCustomers()
  const lines = async (out: string) => {
    const { code, out: text } = await run(cwd, ['train', 'customers.csv', ...target, '--json', '--out', out])
    expect(code).toBe(0)
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const [first, second] = [(await lines('a.safetensors')).at(-1), (await lines('b.safetensors')).at(-1)]
  expect(first).toMatchObject({
    event: 'done',
    model: 'a.safetensors',
    task: 'classes',
    seed: 1,
    rows: 80,
    training: { rows: 256 },
  })
  expect(first.scores.accuracy).toBeGreaterThan(first.baseline.accuracy)
  expect(first.scores).toEqual(second.scores)
})

it('scores on the rows of --valid, and trains on all rows with --holdout 0', async () => {
  const cwd = withCustomers()
  writeFileSync(
    join(cwd, 'valid.ndjson'),
    customers
      .slice(0, 60)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )
  const valid = await run(cwd, ['train', 'customers.csv', ...target, '--valid', 'valid.ndjson', '--json'])
  expect(JSON.parse(valid.out.trim().split('\n').at(-1)!)).toMatchObject({
    rows: 60,
    training: { rows: 319, validationRows: 81 },
  })
  const all = await run(cwd, ['train', 'customers.csv', ...target, '--holdout', '0'])
  expect([all.code, all.out]).toEqual([0, expect.stringContaining('No rows were held out')])
})

it.each([
  ['gzip', (text: string) => gzipSync(text)],
  ['semicolons', () => csvOf(customers, ';')],
  ['NDJSON', () => customers.map((row) => JSON.stringify(row)).join('\n')],
])('reads %s from standard input', async (_, write) => {
  const cwd = withCustomers()
  const { code, err } = await run(cwd, ['train', '-', ...target, '--time', '5'], write(csvOf(customers)))
  expect([code, err]).toEqual([0, ''])
  expect(existsSync(join(cwd, 'churned.safetensors'))).toBe(true)
})

it('learns numbers where the target has many, and leaves columns out', async () => {
  const cwd = withCustomers()
  const { code, out } = await run(cwd, [
    'train',
    'customers.csv',
    '--target',
    'months',
    '--ignore',
    'number,churned',
    '--seed',
    '1',
  ])
  expect([code, out]).toEqual([0, expect.stringContaining('RMSE')])
  const model = await load(join(cwd, 'months.safetensors'))
  expect(model).toBeInstanceOf(TabularRegressor)
  expect((model as TabularRegressor).schema.columns.map(({ name }) => name)).toEqual(['plan', 'calls'])
  const classes = await run(cwd, [
    'train',
    'customers.csv',
    '--target',
    'months',
    '--task',
    'classes',
    '--time',
    '2',
    '--out',
    'c.safetensors',
  ])
  expect(classes.code).toBe(0)
  expect(await load(join(cwd, 'c.safetensors'))).toBeInstanceOf(TabularClassifier)
})

it('keeps what was learned at Ctrl-C, and ends with 130', async () => {
  const cwd = withCustomers()
  const rows = Array.from({ length: 100 }, () => customers).flat()
  writeFileSync(join(cwd, 'many.csv'), csvOf(rows))
  const child = start(cwd, ['train', 'many.csv', ...target, '--json'])
  let isKilled = false
  child.stdout!.on('data', (block) => {
    if (isKilled || !`${block}`.includes('"training"')) return
    isKilled = true
    child.kill('SIGINT')
  })
  const { code, out, err } = await ended(child)
  expect(err).toBe('')
  const done = JSON.parse(out.trim().split('\n').at(-1)!)
  expect([code, done.interrupted, done.training.stopReason]).toEqual([130, true, 'stopTraining'])
  const model = await load<TabularClassifier>(join(cwd, 'churned.safetensors'))
  expect(model.stopReason).toBe('stopTraining')
})

it('ends at once at the second Ctrl-C, and leaves no file', async () => {
  const cwd = withCustomers()
  writeFileSync(join(cwd, 'many.csv'), csvOf(Array.from({ length: 200 }, () => customers).flat()))
  const child = start(cwd, ['train', 'many.csv', ...target, '--json'])
  let signals = 0
  child.stdout!.on('data', (block) => {
    if (!/"training"|"note"/.test(`${block}`)) return
    if (signals++ < 2) child.kill('SIGINT')
  })
  const { code } = await ended(child)
  expect([code, readdirSync(cwd).sort()]).toEqual([130, ['customers.csv', 'many.csv']])
})

it('trains networks and pipelines of a configuration', async () => {
  const cwd = withCustomers()
  const network = {
    layers: [{ type: 'dense', units: 16, activation: 'relu' }],
    epochs: 30,
    optimizer: { name: 'adam', learningRate: 0.01 },
  }
  writeFileSync(join(cwd, 'net.json'), JSON.stringify(network))
  const { code, out, err } = await run(cwd, ['train', 'customers.csv', ...target, '--config', 'net.json'])
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/NetworkClassifier, 30 epochs/)
  const evaluated = await run(cwd, [
    'evaluate',
    'churned.safetensors',
    'customers.csv',
    '--target',
    'churned',
    '--json',
  ])
  expect(JSON.parse(evaluated.out).scores.accuracy).toBeGreaterThan(0.9)
  const numbers = await run(cwd, [
    'train',
    'customers.csv',
    '--target',
    'months',
    '--config',
    'net.json',
    '--seed',
    '1',
    '--json',
  ])
  expect(JSON.parse(numbers.out.trim().split('\n').at(-1)!)).toMatchObject({
    task: 'numbers',
    training: { epochs: 30 },
  })
  const pipeline = {
    kind: 'Pipeline',
    steps: [
      [
        'columns',
        { kind: 'ColumnTransformer', transformers: [['numbers', { kind: 'StandardScaler' }, ['months', 'calls']]] },
      ],
      ['model', { kind: 'MLPClassifier', hiddenLayerSizes: [8], solver: 'lbfgs' }],
    ],
  }
  writeFileSync(join(cwd, 'pipe.json'), JSON.stringify(pipeline))
  const second = await run(cwd, [
    'train',
    'customers.csv',
    ...target,
    '--config',
    'pipe.json',
    '--out',
    'p.safetensors',
  ])
  expect([second.code, second.err]).toEqual([0, ''])
  const inspected = await run(cwd, ['inspect', 'p.safetensors', '--json'])
  expect(JSON.parse(inspected.out)).toMatchObject({ kind: 'Pipeline', classes: ['no', 'yes'] })
})

it('searches parameters of a configuration, and keeps the best model', async () => {
  const cwd = withCustomers()
  const config = { kind: 'MLPClassifier', solver: 'lbfgs', maxIter: 40, search: { hiddenLayerSizes: [[1], [8]] } }
  writeFileSync(join(cwd, 'mlp.json'), JSON.stringify(config))
  const { code, out, err } = await run(cwd, [
    'search',
    'customers.csv',
    ...target,
    '--config',
    'mlp.json',
    '--strategy',
    'grid',
    '--folds',
    '2',
    '--json',
  ])
  expect([code, err]).toEqual([0, ''])
  const { results, scores } = JSON.parse(out.trim().split('\n').at(-1)!)
  expect(results.map(({ params }: { params: object }) => params)).toHaveLength(2)
  expect(results[0].mean).toBeGreaterThanOrEqual(results[1].mean)
  expect(scores.accuracy).toBeGreaterThan(0.5)
  expect(readFileSync(join(cwd, 'churned.safetensors')).length).toBeGreaterThan(0)
})

it('shows training on a page with --watch, then the report, until Ctrl-C', async () => {
  const cwd = withCustomers()
  const child = start(cwd, ['train', 'customers.csv', ...target, '--watch', '--json'])
  const end = ended(child)
  const page = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (block) => {
      text += block
      const url = /The report is at (\S+)/.exec(text)?.[1]
      if (url) resolve(fetch(url).then((response) => response.text()))
    })
    child.once('exit', () => reject(new Error('The command has ended.')))
  })
  expect(page).toMatch(/^<!doctype html>/i)
  child.kill('SIGINT')
  const { code, out } = await end
  expect([code, out]).toEqual([0, expect.stringContaining('Watch it at http://127.0.0.1:')])
  const failed = await run(cwd, ['train', 'customers.csv', '--target', 'plan', '--metric', 'wrong', '--watch'])
  expect(failed.code).toBe(1)
})
