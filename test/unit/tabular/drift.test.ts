import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ArgumentError } from '../../../lib/base/errors.js'
import { DriftWatch, inferSchema, TabularClassifier } from '../../../lib/tabular/index.js'
import { asked, people } from './people.js'

const schema = await inferSchema(people(600).map(asked))

describe('DriftWatch', () => {
  it('finds no drift in rows that are like those of the schema', () => {
    const watch = new DriftWatch(schema)
    for (const row of people(400, 2)) watch.add(asked(row))
    const { rows, columns, warnings } = watch.report()
    expect(rows).toBe(400)
    expect(columns.map(({ column }) => column)).toEqual(['age', 'plan', 'rooms', 'isNew', 'since', 'city', 'note'])
    for (const { column, psi, chance, isDrifted } of columns) {
      expect(psi, column).toBeLessThan(10 * chance + 1e-9)
      expect(isDrifted, column).toBe(false)
    }
    expect(warnings.filter((text) => text.includes('drifted'))).toEqual([])
  })

  it.each([null, undefined, 3, 'a', [1]])('refuses %j, which is no row', (row) => {
    const watch = new DriftWatch(schema)
    expect(() => watch.add(row as never, 4)).toThrow(ArgumentError)
    expect(() => watch.add(row as never, 4)).toThrow('an object of values by column for row 4')
    expect(watch.rows).toBe(0)
  })

  it('tells drift by column, unknown values, missing cells and numbers out of range', () => {
    const watch = new DriftWatch(schema)
    for (const [i, row] of people(400, 3).entries()) {
      watch.add({
        ...asked(row),
        age: i % 2 ? '95' : null,
        plan: i % 4 ? row.plan : 'student',
        since: new Date(Date.UTC(2019, 0, 1)),
        rooms: i % 10 ? row.rooms : 9,
      })
    }
    const { columns, warnings } = watch.report()
    const of = (name: string) => columns.find(({ column }) => column === name)!
    expect(of('age')).toMatchObject({ isDrifted: true, missing: 200, above: 200, below: 0 })
    expect(of('plan')).toMatchObject({ isDrifted: true, unknown: 100 })
    expect(of('since')).toMatchObject({ isDrifted: true, below: 400 })
    expect(of('rooms')).toMatchObject({ unknown: 40, above: 40, kind: 'code' })
    expect(of('isNew').isDrifted).toBe(false)
    expect(warnings).toContain('100 of 400 rows have a value of "plan" that fit did not see.')
    expect(warnings.some((text) => text.startsWith('The column "age" has drifted'))).toBe(true)
  })

  it('counts no row that a model cannot read, and starts again after reset', () => {
    const watch = new DriftWatch(schema)
    const row = asked(people(1)[0]!)
    watch.add(row)
    expect(() => watch.add({ ...row, age: 'old' })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', row: 1, column: 'age' }),
    )
    expect(watch.report().columns.every(({ missing }) => missing <= 1)).toBe(true)
    expect(watch.rows).toBe(1)
    watch.reset()
    expect(watch.report()).toMatchObject({ rows: 0, warnings: [] })
    expect(watch.report().columns.every(({ psi, isDrifted }) => psi === 0 && !isDrifted)).toBe(true)
    expect(() => new DriftWatch({} as never)).toThrow(ArgumentError)
  })
})

describe('model.drift', () => {
  it('compares rows with those of fit, also after save and load', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(people(300), {
      target: 'churned',
      columns: { price: 'ignored' },
      timeLimit: 0.5,
    })
    const rows = people(3000, 5).map((row) => ({ ...asked(row), city: 'Paris' }))
    let turns = 0
    const counting = (async () => {
      while (turns < 3) {
        await setImmediate()
        turns++
      }
    })()
    const report = await model.drift(rows)
    expect(turns).toBeGreaterThan(0)
    await counting
    expect(report.columns.find(({ column }) => column === 'city')).toMatchObject({ isDrifted: true, unknown: 3000 })
    const again = await TabularClassifier.load(model.toBytes())
    expect(await again.drift(rows)).toEqual(report)
    await expect(model.drift([{ ...rows[0]!, extra: 1 }] as never)).rejects.toMatchObject({ row: 0, column: 'extra' })
    await expect(model.drift(rows, { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
    await expect(model.drift(rows, { signals: 1 } as never)).rejects.toThrow('Did you mean signal?')
  })
})
