import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { metrics, type TabularClassifier, type TabularRegressor } from '../../../lib/index.js'
import { type ReportProgress, report } from '../../../lib/report/index.js'
import { dataOf, fitted, fittedRegressor, flats, type Person, people, textOf, titlesOf } from './support.js'

const classifier = fitted() as Promise<TabularClassifier<'no' | 'yes', Person>>
const regressor = fittedRegressor() as unknown as Promise<TabularRegressor>
const test = people(300, 400)

describe('the report of a table model that classifies', () => {
  const whole = classifier.then((model) =>
    report(model, { rows: test, seed: 1, title: 'Who moves', data: 'people of May' }),
  )

  it('has every part', async () => {
    expect(titlesOf(await whole)).toEqual([
      'Confusion',
      'Thresholds',
      'Calibration',
      'By group',
      'Importance',
      'Most wrong',
      'Columns',
      'Model card',
    ])
  })

  it('has the scores of evaluate', async () => {
    const { accuracy, auc, f1, logLoss } = await (await classifier).evaluate(test)
    const text = textOf(await whole)
    expect(text).toContain(`Accuracy ${(100 * accuracy).toFixed(1)} %`)
    for (const [name, value] of [
      ['ROC AUC', auc],
      ['F1', f1],
      ['Log loss', logLoss],
    ] as const) {
      expect(text).toContain(`${name} ${Number(value.toPrecision(4))} `)
    }
  })

  it('has the counts of the confusion matrix, which its own threshold gives too', async () => {
    const page = await whole
    const predicted = await (await classifier).predict(test)
    const matrix = metrics.confusionMatrix(
      test.map(({ moved }) => moved),
      predicted,
    )
    const cell = (i: number, j: number) => Number(page.match(new RegExp(`id="cell-${i}-${j}"><b>([\\d,]+)<`))![1])
    expect([
      [cell(0, 0), cell(0, 1)],
      [cell(1, 0), cell(1, 1)],
    ]).toEqual(matrix)
    const [curve] = dataOf(page).thresholds
    expect(curve!.thresholds[curve!.chosen]).toBe(0.5)
    expect([curve!.truePositives[curve!.chosen], curve!.falsePositives[curve!.chosen]]).toEqual([
      matrix[1]![1],
      matrix[0]![1],
    ])
  })

  it('finds that age and job matter, and the others do not', async () => {
    const section = (await whole).match(/<section id="importance".*?<\/section>/s)![0]
    const names = [...section.matchAll(/<th scope="row">(\w+)<\/th>/g)].slice(0, 4).map(([, name]) => name)
    expect(new Set(names.slice(0, 2))).toEqual(new Set(['age', 'job']))
  })

  it('scores groups by their values, a missing one too', async () => {
    const section = (await whole).match(/<section id="groups".*?<\/section>/s)![0]
    const predicted = await (await classifier).predict(test)
    for (const job of ['cook', null]) {
      const rows = test.flatMap((row, i) => (row.job === job ? [i] : []))
      const share = rows.filter((i) => predicted[i] === test[i]!.moved).length / rows.length
      const line = section.match(new RegExp(`<th scope="row">${job ?? 'missing'}</th>.*?</tr>`, 's'))![0]
      expect(textOf(line)).toContain(`${rows.length}`)
      expect(textOf(line)).toContain(`${(100 * share).toFixed(1)} %`)
    }
  })

  it('lists rows that are wrong, by their numbers', async () => {
    const section = (await whole).match(/<section id="wrong".*?<\/section>/s)![0]
    const predicted = await (await classifier).predict(test)
    const rows = [...section.matchAll(/<th scope="row">(\d+)<\/th><td>(\w+)<\/td><td>(\w+)</g)]
    expect(rows.length).toBeGreaterThan(0)
    for (const [, row, truth, said] of rows) {
      expect([test[Number(row)]!.moved, predicted[Number(row)]]).toEqual([truth, said])
      expect(truth).not.toBe(said)
    }
  })

  it('says what is in the columns, on which rows it was measured, by which model', async () => {
    const text = textOf(await whole)
    for (const words of [
      'measured on 300 rows: people of May',
      'Scores are of people of May',
      'preset fast',
      'Who moves',
    ]) {
      expect(text).toContain(words)
    }
    expect(text).toMatch(/age number – – 0\.0\d\d 20 to 69/)
    expect(text).toMatch(/320 to train with, 80 held out/)
  })

  it('tells what is different in these rows: the drift of columns, values that training did not see', async () => {
    const older = test.map((row) => ({ ...row, age: row.age + 40, job: 'pilot' }))
    const page = await report(await classifier, { rows: older, inspect: false })
    const { columns, warnings } = await (await classifier).drift(older)
    const { psi, above } = columns.find(({ column }) => column === 'age')!
    const section = textOf(page.match(/<section id="columns".*?<\/section>/s)![0])
    expect(section).toContain(`age number – ${above} ${psi.toFixed(3)}`)
    for (const warning of warnings) expect(section).toContain(warning)
  })

  it('asks nothing of other places, and its policy allows its own program and style alone', async () => {
    const page = await whole
    const outside = page.replace(/(<script>).*?(?=<\/script>)/s, '$1')
    expect(/https?:/.test(outside)).toBe(false)
    expect(outside.match(/\b(src|srcset|action|data)=|<(link|img|iframe|object|embed|base)\b|@import|url\(/)).toBeNull()
    expect([...page.matchAll(/\bhref="([^"]*)"/g)].filter(([, target]) => !target!.startsWith('#'))).toEqual([])
    expect(outside.match(/ style="| on\w+="/)).toBeNull()
    const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)![1]!.replaceAll('&#39;', "'")
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src '${hash(page.match(/<script>(.*?)<\/script>/s)![1]!)}'`)
    expect(policy).toContain(`style-src '${hash(page.match(/<style>(.*?)<\/style>/s)![1]!)}'`)
  })

  it('is the same for the same seed, but for the time', async () => {
    const again = await report(await classifier, { rows: test, seed: 1, title: 'Who moves', data: 'people of May' })
    const withoutTime = (page: string) => page.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/, '')
    expect(withoutTime(again)).toBe(withoutTime(await whole))
  })
})

describe('the report of a table model that predicts numbers', () => {
  const rows = flats(200, 300)
  const whole = regressor.then((model) => report(model, { rows, seed: 1 }))

  it('has errors, intervals and the scores of evaluate', async () => {
    const page = await whole
    expect(titlesOf(page)).toEqual([
      'Errors',
      'Intervals',
      'By group',
      'Importance',
      'Most wrong',
      'Columns',
      'Model card',
    ])
    const { r2 } = await (await regressor).evaluate(rows)
    expect(textOf(page)).toContain(`R² ${Number(r2.toPrecision(4))}`)
    const { plots } = dataOf(page)
    expect(plots['truth-plot']!.x).toHaveLength(200)
    expect(plots['residual-plot']!.lines[0]!.name).toBe('error')
  })

  it('tells how often intervals hold', async () => {
    const section = (await whole).match(/<section id="intervals".*?<\/section>/s)![0]
    const intervals = await (await regressor).predictInterval(rows, { coverage: 0.9 })
    const hits = intervals.filter(({ lower, upper }, i) => lower <= rows[i]!.price && rows[i]!.price <= upper)
    expect(textOf(section)).toContain(`90.0 % ${((100 * hits.length) / rows.length).toFixed(1)} %`)
  })
})

describe('options', () => {
  it('writes the page to a path, as it returns it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'report-')), 'report.html')
    const page = await report(await classifier, { rows: test, path, inspect: false })
    expect(readFileSync(path, 'utf8')).toBe(page)
    expect(titlesOf(page)).not.toContain('Importance')
  })

  it('draws maxRows of an async iterable, and says so', async () => {
    async function* stream() {
      yield* test
    }
    const page = await report(await classifier, { rows: stream(), maxRows: 50, inspect: false, seed: 1 })
    expect(textOf(page)).toContain('measured on 50 of 300 rows')
  })

  it('shows curves of a history, with those of validation beside them', async () => {
    const history = { epochs: [0, 1], logs: { loss: [2, 1], valLoss: [3, 2], 'dense.kernel.weightRms': [1, 1] } }
    const page = await report(await classifier, { rows: test, history, inspect: false })
    expect(dataOf(page).plots['training-0']).toMatchObject({
      x: [1, 2],
      lines: [
        { name: 'training', values: [2, 1] },
        { name: 'validation', values: [3, 2] },
      ],
    })
    expect(dataOf(page).plots['training-1']).toBeUndefined()
  })

  it('groups by the columns that are given, numbers in four groups', async () => {
    const page = await report(await classifier, { rows: test, groups: ['age'], inspect: false })
    const section = page.match(/<section id="groups".*?<\/section>/s)![0]
    expect([...section.matchAll(/<tbody>.*<\/tbody>/gs)][0]![0].match(/<tr>/g)).toHaveLength(4)
  })

  it('ends at the signal with its reason, and tells its progress', async () => {
    const stages: ReportProgress['stage'][] = []
    await report(await classifier, { rows: test, onProgress: ({ stage }) => void stages.push(stage) })
    expect([...new Set(stages)]).toEqual(['reading', 'predicting', 'measuring', 'inspecting', 'writing'])
    const controller = new AbortController()
    const onProgress = ({ stage }: ReportProgress) => {
      if (stage === 'inspecting') controller.abort(new Error('enough'))
    }
    await expect(report(await classifier, { rows: test, signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    )
  })

  it('leaves importance out when the time is over', async () => {
    const page = await report(await classifier, { rows: test, timeLimit: 1e-6 })
    expect(titlesOf(page)).not.toContain('Importance')
  })
})
