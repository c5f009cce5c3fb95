import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Ensemble } from '../../../lib/tabular/ensemble.js'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'
import { asked, type Person, people } from './people.js'

let teacher: TabularClassifier<string, Person>
const [train, test] = [people(600), people(300, 2)]

beforeAll(async () => {
  teacher = await new TabularClassifier({ seed: 1 }).fit(train, { target: 'churned', columns: { price: 'ignored' } })
}, 60_000)

describe('distill', () => {
  it('gives a classifier that answers as its teacher, and tells how near it is', async () => {
    const student = await teacher.distill(train)
    expect(student).toBeInstanceOf(TabularClassifier)
    const { distillation } = student.report
    expect(distillation).toMatchObject({ rows: 480, validationRows: 120 })
    expect(distillation!.difference).toBeLessThan(0.1)
    expect(Math.abs(distillation!.teacher! - distillation!.student!)).toBeLessThan(0.1)
    const rows = test.map(asked)
    const [labels, own] = [await teacher.predict(rows), await student.predict(rows)]
    expect(own.filter((label, i) => label === labels[i]).length).toBeGreaterThan(0.88 * rows.length)
    expect(student.schema.toJSON()).toEqual(teacher.schema.toJSON())
    expect(teacher.report.distillation).toBeUndefined()
    expect(student.report.training.networks).toBe(1)
    const again = await TabularClassifier.load<string, Person>(student.toBytes())
    expect(again.report.distillation).toEqual(distillation)
    expect(again.predictProbaSync(rows[0]!)).toEqual(student.predictProbaSync(rows[0]!))
    expect((await student.explain(rows[0]!)).label).toBe(student.predictSync(rows[0]!))
    const { before, after } = await again.update(test, { epochs: 2 })
    expect(after).toBeGreaterThanOrEqual(before - 0.05)
  })

  it('needs no target, and then tells no scores', async () => {
    const student = await teacher.distill(train.map(asked), { hidden: [16], timeLimit: 2 })
    expect(student.report.distillation).toMatchObject({ teacher: null, student: null })
    const again = await TabularClassifier.load(student.toBytes())
    expect(again.report.distillation).toEqual(student.report.distillation)
  })

  it('of a regressor keeps intervals that contain most numbers', async () => {
    const flats = train.map(({ age, rooms, plan, price }) => ({ age, rooms, plan, price }))
    const numbers = await new TabularRegressor({ seed: 1 }).fit(flats, { target: 'price' })
    const student = await numbers.distill(flats)
    const { difference, teacher: score, student: own } = student.report.distillation!
    // Prices have a deviation of 18,000.
    expect(difference).toBeLessThan(4000)
    expect(own!).toBeLessThan(score! + difference)
    const later = test.map(({ age, rooms, plan, price }) => ({ age, rooms, plan, price }))
    const intervals = await student.predictInterval(later)
    const inside = intervals.filter(({ lower, upper }, i) => lower <= later[i]!.price && later[i]!.price <= upper)
    expect(inside.length).toBeGreaterThan(0.8 * later.length)
  })

  it('scores the teacher that it began with, and frees the student when it is aborted at its end', async () => {
    const bytes = teacher.toBytes()
    const model = await TabularClassifier.load<string, Person>(bytes)
    const options = { hidden: [8], timeLimit: 1 }
    const distilling = model.distill(train, { hidden: [8] })
    const turned = train.map((row): Person => ({ ...row, churned: row.churned === 'yes' ? 'no' : 'yes' }))
    await model.update(turned, { epochs: 20, rate: 1 })
    const { distillation } = (await distilling).report
    const { distillation: undisturbed } = (await teacher.distill(train, options)).report
    expect(distillation!.teacher).toBe(undisturbed!.teacher)
    const controller = new AbortController()
    const dispose = vi.spyOn(Ensemble.prototype, 'dispose')
    const { predict } = Ensemble.prototype
    let calls = 0
    vi.spyOn(Ensemble.prototype, 'predict').mockImplementation(async function (this: Ensemble, ...given) {
      const outputs = await predict.apply(this, given)
      // The teacher's outputs of two kinds of rows, then the student's.
      if (++calls === 3) controller.abort('enough')
      return outputs
    })
    await expect(teacher.distill(train, { ...options, signal: controller.signal })).rejects.toBe('enough')
    expect(dispose).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  }, 60_000)

  it('refuses wrong rows and options, and ends when aborted', async () => {
    await expect(teacher.distill([])).rejects.toThrow('at least 10 rows')
    await expect(teacher.distill([{ ...train[0]!, age: 'old' }])).rejects.toMatchObject({ row: 0, column: 'age' })
    await expect(teacher.distill(train, { hidden: [] })).rejects.toThrow('hidden')
    await expect(teacher.distill(train, { hiden: [4] } as never)).rejects.toThrow('Did you mean hidden?')
    const controller = new AbortController()
    const distilling = teacher.distill(train, { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 20)
    await expect(distilling).rejects.toBe('enough')
  })
})
