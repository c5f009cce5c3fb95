import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  layers,
  load,
  MLPClassifier,
  pipeline,
  preprocessing,
  Sequential,
  TabularClassifier,
  TabularRegressor,
} from '../../../lib/index.js'
import { csvOf, customers, ended, run, start, withCustomers } from './run.js'

let cwd: string
beforeAll(async () => {
  cwd = withCustomers()
  const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(customers, { target: 'churned' })
  await model.save(join(cwd, 'churned.safetensors'))
  const prices = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(customers, { target: 'months' })
  await prices.save(join(cwd, 'months.safetensors'))
})

describe('predict', () => {
  it('writes the cells as they stood, and the answers of the model behind them', async () => {
    const text = 'extra,plan,calls,months,number\n"a, ""b""",pro,007,3.50,\nplain,team,1,NA,4\n'
    const { code, out, err } = await run(cwd, ['predict', 'churned.safetensors', '-'], text)
    expect([code, err]).toEqual([0, ''])
    const [head, first, second] = out.split('\n')
    expect(head).toBe('extra,plan,calls,months,number,prediction,probability_no,probability_yes')
    expect(first).toMatch(/^"a, ""b""",pro,007,3\.50,,(yes|no),0\.\d+,0\.\d+$/)
    const model = await load<TabularClassifier>(join(cwd, 'churned.safetensors'))
    const row = { plan: 'team', calls: '1', months: null, number: '4' }
    const { no } = model.predictProbaSync(row) as { no: number }
    expect(second!.split(',').slice(0, 6)).toEqual(['plain', 'team', '1', 'NA', '4', model.predictSync(row)])
    expect(Number(second!.split(',')[6])).toBeCloseTo(no, 5)
  })

  it('writes chosen columns to a file of NDJSON, and bounds of numbers', async () => {
    const args = ['customers.csv', '--keep', 'number,plan', '--out', 'answers.ndjson']
    const { code, out } = await run(cwd, ['predict', 'churned.safetensors', ...args])
    expect([code, out]).toEqual([0, 'Wrote 400 rows to answers.ndjson.\n'])
    const lines = readFileSync(join(cwd, 'answers.ndjson'), 'utf8').trim().split('\n')
    expect(Object.keys(JSON.parse(lines[1]!))).toEqual([
      'number',
      'plan',
      'prediction',
      'probability_no',
      'probability_yes',
    ])
    expect(JSON.parse(lines[1]!)).toMatchObject({ number: 1, plan: 'pro' })
    const bounds = await run(cwd, ['predict', 'months.safetensors', 'customers.csv', '--interval', '0.8', '--keep', ''])
    const cells = bounds.out
      .trim()
      .split('\n')
      .map((line) => line.split(','))
    expect(cells[0]).toEqual(['prediction', 'lower', 'upper'])
    expect(
      cells.slice(1).every(([value, lower, upper]) => Number(lower) <= Number(value) && Number(value) <= Number(upper)),
    ).toBe(true)
  })

  it('takes networks without names of columns, with several outputs', async () => {
    const net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })], seed: 1 })
    await net.save(join(cwd, 'net.safetensors'))
    const { out } = await run(cwd, ['predict', 'net.safetensors', '-', '--target', 'y'], 'a,y,b\n1,x,2\n3,x,4\n')
    const [head, first] = out.split('\n')
    expect(head).toBe('a,y,b,output_0,output_1')
    expect(Number(first!.split(',')[3])).toBeCloseTo(net.predictSync([1, 2])[0]!, 5)
    const wrong = await run(cwd, ['predict', 'net.safetensors', '-'], 'a,y,b\n1,x,2\n')
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringContaining('If one of them is the target, name it: --target NAME.'),
    ])
  })

  it('reads Parquet', async () => {
    const fixtures = JSON.parse(readFileSync(join(__dirname, '../../parity/fixtures/parquet.json'), 'utf8'))
    writeFileSync(join(cwd, 'other.parquet'), Buffer.from(fixtures.compressions.none, 'base64'))
    const { code, err } = await run(cwd, ['predict', 'churned.safetensors', 'other.parquet'])
    expect([code, err]).toEqual([1, expect.stringContaining('lacks columns that the model was trained with')])
  })

  it('takes cells such as 1 as words in columns that held words in training', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ k: ['A', '1', '2'][i % 3]!, n: i % 5 }))
    const columns = new preprocessing.ColumnTransformer({
      transformers: [
        ['k', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), ['k']],
        ['n', new preprocessing.StandardScaler(), ['n']],
      ],
    })
    const model = pipeline([columns, new MLPClassifier<string>({ hiddenLayerSizes: [4], solver: 'lbfgs', seed: 1 })])
    const fitted = await model.fit(
      rows,
      rows.map(({ k }) => (k === '1' ? '10' : '20')),
    )
    await fitted.save(join(cwd, 'words.safetensors'))
    const text = 'k,n,y\n1,3,10\n2,4,20\n1,0,10\n'
    const { out } = await run(cwd, ['predict', 'words.safetensors', '-', '--keep', 'k'], text)
    expect(
      out
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(',')[1]),
    ).toEqual(['10', '20', '10'])
    const scored = await run(cwd, ['evaluate', 'words.safetensors', '-', '--target', 'y', '--json'], text)
    expect(JSON.parse(scored.out).scores.accuracy).toBe(1)
    writeFileSync(join(cwd, 'words.csv'), `${text}${'1,1,10\n2,2,20\n'.repeat(10)}`)
    const page = await run(cwd, ['report', 'words.safetensors', 'words.csv', '--target', 'y', '--time', '1'])
    expect([page.code, page.err]).toEqual([0, ''])
  })

  it('writes each line of NDJSON with the keys that it has, in its own order', async () => {
    const [first, second] = [customers[0]!, customers[1]!]
    const { months, ...others } = second
    const lines = [JSON.stringify(first), JSON.stringify({ note: 'x', months, ...others })]
    const { out, err } = await run(cwd, ['predict', 'churned.safetensors', '-', '--no-probabilities'], lines.join('\n'))
    expect(err).toBe('')
    const keys = out
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line)))
    expect(keys).toEqual([
      [...Object.keys(first), 'prediction'],
      ['note', 'months', ...Object.keys(others), 'prediction'],
    ])
  })

  it('keeps the order of columns where later lines of NDJSON have their keys in another order', async () => {
    const net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], seed: 1 })
    await net.save(join(cwd, 'order.safetensors'))
    const first = Array.from({ length: 2048 }, () => '{"a":1,"b":2}\n').join('')
    const { out, err } = await run(
      cwd,
      ['predict', 'order.safetensors', '-', '--out', 'order.csv'],
      `${first}{"b":2,"a":1}\n`,
    )
    expect([err, out]).toEqual(['', 'Wrote 2,049 rows to order.csv.\n'])
    const lines = readFileSync(join(cwd, 'order.csv'), 'utf8').trim().split('\n')
    expect(lines[2049]).toBe(lines[1])
    const more = await run(cwd, ['predict', 'order.safetensors', '-'], `${first}{"a":1,"c":2}\n`)
    expect([more.code, more.err]).toEqual([1, expect.stringContaining('has a key "c" that its first lines lack')])
    const rows = first.replaceAll('{"a":1,"b":2}', JSON.stringify(customers[0]))
    const other = `${rows}${JSON.stringify({ ...customers[0], extra: 1 })}\n`
    const refused = await run(cwd, ['predict', 'churned.safetensors', '-', '--out', 'x.csv'], other)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Choose columns by --keep')])
    const kept = await run(cwd, ['predict', 'churned.safetensors', '-', '--out', 'x.ndjson'], other)
    expect(kept.code).toBe(0)
  })

  it('ends quietly when the reader of its output has gone', async () => {
    writeFileSync(join(cwd, 'long.csv'), csvOf(Array.from({ length: 50 }, () => customers).flat()))
    const child = start(cwd, ['predict', 'churned.safetensors', 'long.csv'])
    const end = ended(child)
    await once(child.stdout!, 'data')
    child.stdout!.destroy()
    expect(await end).toMatchObject({ code: 0, err: '' })
  })

  it('leaves no half-written file at Ctrl-C', async () => {
    const child = start(cwd, ['predict', 'churned.safetensors', '-', '--out', 'never.csv'])
    const end = ended(child)
    child.stdin!.on('error', () => {})
    child.stdin!.write(csvOf(Array.from({ length: 20 }, () => customers).flat()))
    const temporary = () => readdirSync(cwd).some((name) => name.endsWith('.tmp'))
    while (!temporary()) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGINT')
    const { code, err } = await end
    expect([code, err]).toEqual([130, 'perceptra predict: Interrupted.\n'])
    expect([temporary(), existsSync(join(cwd, 'never.csv'))]).toEqual([false, false])
  })

  it('uses no more memory for more rows', async () => {
    const child = start(cwd, ['predict', 'churned.safetensors', '-', '--out', 'many.csv'])
    const end = ended(child)
    const head = csvOf(customers).split('\n', 1)[0]!
    const block = csvOf(Array.from({ length: 10 }, () => customers).flat()).slice(head.length + 1)
    const peaks: number[] = []
    child.stdin!.write(`${head}\n`)
    for (let i = 0; i < 40; i++) {
      if (!child.stdin!.write(block)) await once(child.stdin!, 'drain')
      if (process.platform === 'linux') {
        const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
        peaks.push(Number(kilobytes) / 1024)
      }
    }
    child.stdin!.end()
    expect(await end).toMatchObject({ code: 0, out: 'Wrote 160000 rows to many.csv.\n'.replace('160000', '160,000') })
    // All rows together take about 100 MB as objects.
    if (peaks.length > 0) expect(Math.max(...peaks.slice(20)) - Math.max(...peaks.slice(5, 20))).toBeLessThan(60)
  }, 60_000)
})

describe('report', () => {
  it('writes a page about a model and rows', async () => {
    const { code, out, err } = await run(cwd, ['report', 'churned.safetensors', 'customers.csv', '--time', '1'])
    expect([code, err, out]).toEqual([0, '', expect.stringMatching(/^Wrote churned\.html/)])
    expect(readFileSync(join(cwd, 'churned.html'), 'utf8')).toMatch(/^<!doctype html>/i)
  })
})

describe('evaluate', () => {
  it('prints scores, scores by class and which classes are taken for which', async () => {
    const { code, out } = await run(cwd, ['evaluate', 'churned.safetensors', 'customers.csv'])
    expect(code).toBe(0)
    expect(out).toMatch(/^churned\.safetensors on 400 rows of customers\.csv:\n {2}accuracy/)
    const { out: json } = await run(cwd, ['evaluate', 'churned.safetensors', 'customers.csv', '--json'])
    const scores = JSON.parse(json)
    const model = await load<TabularClassifier>(join(cwd, 'churned.safetensors'))
    expect(scores.scores.accuracy).toBeCloseTo((await model.evaluate(customers)).accuracy, 12)
    expect(scores.scores.auc).toBeCloseTo((await model.evaluate(customers)).auc, 6)
    expect(scores.confusion.flat().reduce((sum: number, n: number) => sum + n)).toBe(400)
    const numbers = await run(cwd, ['evaluate', 'months.safetensors', 'customers.csv', '--json'])
    expect(Object.keys(JSON.parse(numbers.out).scores)).toEqual(['rmse', 'mae', 'medianAbsoluteError', 'r2'])
  })
})

describe('convert and inspect', () => {
  it('reads and writes by the ending', async () => {
    const net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })], seed: 3 })
    await net.save(join(cwd, 'small.safetensors'))
    expect(await run(cwd, ['convert', 'small.safetensors', 'small.onnx'])).toMatchObject({ code: 0, err: '' })
    expect(await run(cwd, ['convert', 'small.onnx', 'again.safetensors'])).toMatchObject({ code: 0, err: '' })
    expect((await Sequential.load(join(cwd, 'again.safetensors'))).predictSync([1, 2])).toEqual(net.predictSync([1, 2]))
    expect(await run(cwd, ['convert', 'small.safetensors', 'small.mjs'])).toMatchObject({ code: 0 })
    const { predict } = await import(join(cwd, 'small.mjs'))
    expect(Array.from(predict([1, 2]) as number[])[0]).toBeCloseTo(net.predictSync([1, 2])[0]!, 5)
    const wrong = await run(cwd, ['convert', 'small.safetensors', 'small.xyz'])
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining('expected a name that ends in .safetensors, .onnx'),
    ])
  })

  it('says what a file holds', async () => {
    const { out } = await run(cwd, ['inspect', 'churned.safetensors'])
    expect(out).toContain('target: churned')
    expect(out).toMatch(/plan +category +3 values/)
    const { out: json } = await run(cwd, ['inspect', 'small.safetensors', '--json'])
    expect(JSON.parse(json)).toMatchObject({ kind: 'Sequential', inputs: 2, numbers: 6 })
  })
})
