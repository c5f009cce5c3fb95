import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'
import { asked, type Person, people } from './people.js'

const options = { target: 'churned', columns: { price: 'ignored' } } as const
const ofPrice = { target: 'price', columns: { churned: 'ignored' } } as const
const [train, test] = [people(600), people(200, 2)]

const fitted = () => new TabularClassifier({ preset: 'fast', seed: 1 }).fit(train, options)
let classifier: TabularClassifier<string, Person>
let regressor: TabularRegressor<Person>

beforeAll(async () => {
  classifier = await fitted()
  regressor = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(train, ofPrice)
}, 60_000)

describe('TabularClassifier', () => {
  it('learns labels from rows of mixed columns', async () => {
    expect(classifier.classes).toEqual(['no', 'yes'])
    const scores = await classifier.evaluate(test)
    expect(scores.accuracy).toBeGreaterThan(0.88)
    expect(scores.auc).toBeGreaterThan(0.92)
    expect(classifier.report.training).toMatchObject({
      preset: 'fast',
      metric: 'accuracy',
      rows: 480,
      validationRows: 120,
    })
    expect(classifier.report.leftOut).toMatchObject([
      { column: 'id', kind: 'id' },
      { column: 'price', kind: 'ignored' },
    ])
  })

  it('predicts labels and probabilities by name, the same one by one and in batches', async () => {
    const rows = test.map(asked)
    const labels = await classifier.predict(rows)
    const probabilities = await classifier.predictProba(rows)
    for (const [i, row] of rows.entries()) {
      const { no, yes } = probabilities[i] as { no: number; yes: number }
      expect(no + yes).toBeCloseTo(1, 5)
      expect(labels[i]).toBe(yes > no ? 'yes' : 'no')
      expect(classifier.predictSync(row)).toBe(labels[i])
      expect(classifier.predictProbaSync(row)).toEqual({ no: expect.closeTo(no, 6), yes: expect.closeTo(yes, 6) })
    }
  })

  it('takes numbers as words, missing cells and categories that it has not seen', () => {
    const [row] = test.map(asked)
    expect(classifier.predictProbaSync({ ...row, age: '33.3' })).toEqual(
      classifier.predictProbaSync({ ...row, age: 33.3 }),
    )
    expect(['yes', 'no']).toContain(classifier.predictSync({ ...row, age: null, plan: 'never seen', city: undefined }))
  })

  it('checks rows to predict as its schema does', async () => {
    const rows = test.map(asked)
    const wrong = { ...rows[1]!, age: 'old' }
    await expect(classifier.predict([rows[0]!, wrong])).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      row: 1,
      column: 'age',
    })
    expect(() => classifier.predictSync(wrong)).toThrow(expect.objectContaining({ row: 0, column: 'age' }))
    expect(() => classifier.predictSync({ ...rows[0]!, other: 1 } as never)).toThrow('the column "other" too')
    const { age: _, ...lacking } = rows[0]!
    expect(() => classifier.predictSync(lacking)).toThrow(expect.objectContaining({ column: 'age' }))
    const { id: _id, ...withoutId } = rows[0]!
    expect(classifier.predictSync(withoutId)).toBe(classifier.predictSync(rows[0]!))
  })

  it('gives the same model for the same seed', async () => {
    const again = await fitted()
    expect(again.predictProbaSync(asked(test[0]!))).toEqual(classifier.predictProbaSync(asked(test[0]!)))
  })

  it('lets other columns pass by its parameters', async () => {
    const model = await new TabularClassifier({ seed: 1, unknownColumns: 'ignore', missingColumns: 'impute' }).fit(
      train.slice(0, 100),
      options,
    )
    expect(['yes', 'no']).toContain(model.predictSync({ plan: 'pro', other: 1 } as never))
  })

  it('follows the metric, and rows that are given for validation', async () => {
    const byLoss = await new TabularClassifier({ seed: 1 }).fit(train, {
      ...options,
      metric: 'logLoss',
      validation: test,
    })
    expect(byLoss.report.training).toMatchObject({ metric: 'logLoss', rows: 600, validationRows: 200 })
    expect(byLoss.report.training.score).toBeCloseTo((await byLoss.evaluate(test)).logLoss, 4)
    const byAuc = await new TabularClassifier({ seed: 1 }).fit(train, { ...options, metric: 'auc', validation: test })
    expect(byAuc.report.training.score).toBeCloseTo((await byAuc.evaluate(test)).auc, 4)
  })

  it('learns labels that are numbers or booleans, and a class called __proto__', async () => {
    const rows = train.map(({ age, plan, churned }, i) => ({ age, plan, code: i % 3, left: churned === 'yes' }))
    const ofBooleans = await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'left' })
    expect(ofBooleans.predictSync({ age: 30, plan: 'pro', code: 1 })).toBe(false)
    const ofNumbers = await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'code' })
    expect(ofNumbers.classes).toEqual([0, 1, 2])
    expect((await ofNumbers.evaluate(rows)).auc).toBeGreaterThan(0.3)
    const odd = rows.map(({ left, ...row }) => ({ ...row, left: left ? '__proto__' : 'constructor' }))
    const ofOdd = await new TabularClassifier({ seed: 1 }).fit(odd, { target: 'left' })
    const row = { age: 30, plan: 'basic', code: 1 }
    expect(ofOdd.predictSync(row)).toBe('__proto__')
    expect(Object.keys(ofOdd.predictProbaSync(row))).toEqual(['__proto__', 'constructor'])
  })

  it('follows the metric f1', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(train, { ...options, metric: 'f1', validation: test })
    expect(model.report.training.score).toBeCloseTo((await model.evaluate(test)).f1, 6)
  })

  it('infers the types of labels and rows', () => {
    const label: string = classifier.predictSync(asked(test[0]!))
    expect(label).toBeTypeOf('string')
    // @ts-expect-error: no column of the rows
    expect(() => classifier.predictSync({ ...asked(test[0]!), agee: 1 })).toThrow()
    const wrongTarget = async () =>
      // @ts-expect-error: no column of the rows
      await new TabularClassifier().fit(train, { target: 'churn' })
    return expect(wrongTarget()).rejects.toThrow('a column of the rows')
  })

  it('shows itself', () => {
    expect(inspect(classifier)).toMatch(/^TabularClassifier \{.*preset: 'fast'.*target: 'churned'/s)
    expect(classifier.toJSON()).toMatchObject({
      kind: 'TabularClassifier',
      state: { target: 'churned', stopReason: 'completed' },
    })
    expect(new TabularClassifier().toJSON().state).toBeNull()
  })
})

describe('TabularRegressor', () => {
  it('learns numbers, within the range of the training rows', async () => {
    expect((await regressor.evaluate(test)).r2).toBeGreaterThan(0.8)
    const far = regressor.predictSync({ ...asked(test[0]!), age: 1e9, rooms: 4 })
    expect(far).toBeLessThanOrEqual(Math.max(...train.map(({ price }) => price)))
    expect((await regressor.predict([asked(test[0]!)]))[0]).toBeCloseTo(regressor.predictSync(asked(test[0]!)), 0)
  })

  it('gives intervals that cover the chosen share of new rows', async () => {
    const rows = people(1000, 3)
    for (const coverage of [0.5, 0.9]) {
      const intervals = await regressor.predictInterval(rows, { coverage })
      const inside = intervals.filter(
        ({ lower, upper }, i) => lower <= rows[i]!.price && rows[i]!.price <= upper,
      ).length
      expect(Math.abs(inside / rows.length - coverage)).toBeLessThan(0.12) // 120 rows are held out
    }
    await expect(regressor.predictInterval(rows, { coverage: 0.999 })).rejects.toThrow('Expected at least 999 rows')
    await expect(regressor.predictInterval(rows, { coverage: 1 })).rejects.toThrow('coverage')
  })

  it('follows the metric mae', async () => {
    const model = await new TabularRegressor({ seed: 1 }).fit(train, { ...ofPrice, metric: 'mae', validation: test })
    expect(model.report.training.score! / (await model.evaluate(test)).mae).toBeCloseTo(1, 1)
  })
})
