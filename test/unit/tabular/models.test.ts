import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { FormatError } from '../../../lib/base/errors.js'
import { metadataKey } from '../../../lib/files/metadata.js'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import { load } from '../../../lib/load.js'
import { TabularClassifier, type TabularProgress, TabularRegressor } from '../../../lib/tabular/index.js'
import { dense } from '../../../lib/tabular/recipes.js'
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

describe('a run of fit', () => {
  it('tells its progress, and ends by the time limit with what it has learned', async () => {
    const told: TabularProgress[] = []
    const model = new TabularClassifier({ seed: 1 })
    await model.fit(train, { ...options, timeLimit: 0.3, onProgress: (progress) => told.push(progress) })
    expect(told.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['reading', 'preparing', 'training']))
    expect(['yes', 'no']).toContain(model.predictSync(asked(test[0]!)))
  })

  it('keeps what was learned before when it is aborted, or when there is no time for an epoch', async () => {
    const model = await fitted()
    const before = model.predictProbaSync(asked(test[0]!))
    const controller = new AbortController()
    const stop = ({ stage }: TabularProgress) => stage === 'training' && controller.abort(new Error('enough'))
    await expect(
      model.fit(people(3000, 5), { ...options, signal: controller.signal, onProgress: stop }),
    ).rejects.toThrow('enough')
    expect(model.predictProbaSync(asked(test[0]!))).toEqual(before)
    await model.fit(people(20_000, 5), { ...options, timeLimit: 0.001 })
    expect(model.stopReason).toBe('timeLimit')
    expect(model.predictProbaSync(asked(test[0]!))).toEqual(before)
  })

  it('ends after the current epoch by stopTraining, also of a model that was not fitted before, and starts anew', async () => {
    const model = new TabularClassifier({ seed: 1 })
    const losses: (number | undefined)[] = []
    const onProgress = ({ loss }: TabularProgress) => {
      losses.push(loss)
      model.stopTraining = true
    }
    await model.fit(train, { ...options, onProgress })
    expect([model.stopReason, model.report.training.epochs]).toEqual(['stopTraining', 1])
    expect(losses.at(-1)).toBeGreaterThan(0)
    expect((await TabularClassifier.load(model.toBytes())).stopReason).toBe('stopTraining')
    await model.fit(train, { ...options, timeLimit: 60 })
    expect([model.stopReason, model.stopTraining]).toEqual(['completed', false])
  })

  it('refuses a second one at the same time, and use before the first', async () => {
    const model = new TabularClassifier({ seed: 1 })
    expect(() => model.predictSync({})).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }))
    const first = model.fit(train.slice(0, 50), options)
    await expect(model.fit(train, options)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    await first
  })

  it('names the presets that exist', () => {
    expect(() => new TabularClassifier({ preset: 'slow' as never })).toThrow(
      /Expected one of fast, balanced, best.* for preset/,
    )
  })

  const rows = (n: number, y: (i: number) => unknown) =>
    Array.from({ length: n }, (_, i) => ({ x: (i * 7) % 11, y: y(i) }))
  it.each([
    ['a target that is missing', rows(20, (i) => (i === 4 ? null : `c${i % 2}`)), { row: 4, column: 'y' }],
    ['a target that is constant', rows(20, () => 'a'), 'at least two classes'],
    ['a target that differs in all rows', rows(20, (i) => `c${i}`), 'Is it an id?'],
    ['a target of fractions', rows(20, (i) => i / 3), 'Use TabularRegressor'],
    ['a target of two types', rows(20, (i) => (i === 5 ? 1 : `c${i % 2}`)), { row: 5, column: 'y' }],
    ['a target of dates', rows(20, () => new Date()), { row: 0, column: 'y' }],
    ['too few rows', rows(4, (i) => `c${i % 2}`), 'at least 5 rows'],
    ['one row', rows(1, () => 'a'), 'at least two classes'],
    ['one column', [{ y: 1 }, { y: 2 }], 'columns beside the target'],
    [
      'no column that can be read',
      rows(20, (i) => `c${i % 2}`).map(({ y }) => ({ x: 4, y })),
      'all are left out ("x": all cells are equal)',
    ],
    ['rows with other columns', [...rows(20, (i) => `c${i % 2}`), { y: 'c0' }], { row: 20, column: 'x' }],
  ])('refuses %s', async (_, table, expected) => {
    const error = await new TabularClassifier()
      .fit(table as { x: number; y: unknown }[], { target: 'y' })
      .catch((caught: unknown) => caught)
    if (typeof expected === 'string') expect((error as Error).message).toContain(expected)
    else expect(error).toMatchObject(expected)
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT' })
  })

  it('trains with the one row of a class', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(
      rows(30, (i) => (i === 3 ? 'rare' : `c${i % 2}`)),
      { target: 'y' },
    )
    expect(model.classes).toEqual(['c0', 'c1', 'rare'])
  })

  it.each([
    ['words', rows(20, (i) => `c${i}`), { row: 0, column: 'y' }],
    ['a missing number', rows(20, (i) => (i === 4 ? null : i)), { row: 4, column: 'y' }],
    ['equal numbers', rows(20, () => 3), { column: 'y' }],
  ])('of a regressor refuses %s', async (_, table, expected) => {
    await expect(new TabularRegressor().fit(table, { target: 'y' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      ...expected,
    })
  })
})

describe('the presets balanced and best', () => {
  it('train members, and a portfolio, within the time limit', async () => {
    for (const preset of ['balanced', 'best'] as const) {
      const told: TabularProgress[] = []
      const onProgress = (progress: TabularProgress) => told.push(progress)
      const model = await new TabularClassifier({ preset, seed: 1 }).fit(train, {
        ...options,
        timeLimit: 5,
        onProgress,
      })
      const { networks, recipes, score } = model.report.training
      expect(networks).toBeGreaterThan(0) // one alone on a machine that does other things
      expect(recipes).toBeGreaterThan(0)
      expect(score).toBeGreaterThan(0.8)
      expect((await model.evaluate(test)).accuracy).toBeGreaterThan(0.8)
      expect(told.at(-1)!.epoch).toBeGreaterThan(0)
      const again = (await load(model.toBytes())) as unknown as typeof model
      expect(again.predictProbaSync(asked(test[3]!))).toEqual(model.predictProbaSync(asked(test[3]!)))
      expect(again.report).toEqual(model.report)
      const [one] = await model.predictProba([asked(test[3]!)])
      expect(model.predictProbaSync(asked(test[3]!)).no).toBeCloseTo(one!.no!, 5)
    }
  }, 60_000)

  it('learn numbers, whose intervals come from all held-out rows', async () => {
    const model = await new TabularRegressor({ preset: 'balanced', seed: 1 }).fit(train, { ...ofPrice, timeLimit: 5 })
    expect((await model.evaluate(test)).r2).toBeGreaterThan(0.8)
    const rows = people(500, 3)
    const intervals = await model.predictInterval(rows, { coverage: 0.8 })
    const inside = intervals.filter(({ lower, upper }, i) => lower <= rows[i]!.price && rows[i]!.price <= upper)
    expect(Math.abs(inside.length / rows.length - 0.8)).toBeLessThan(0.12)
    expect(model.report.training.validationRows).toBeGreaterThanOrEqual(120)
  }, 60_000)

  it('go on from the file of resume, for the same rows, options and seed', async () => {
    const resume = join(mkdtempSync(join(tmpdir(), 'resume-')), 'fit.ndjson')
    const few = train.slice(0, 60)
    const stages: string[] = []
    const onProgress = ({ stage }: TabularProgress) => stages.push(stage)
    const fit = (rows: Person[]) =>
      new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { ...options, resume, onProgress })
    const first = await fit(few)
    expect(stages).toContain('training')
    stages.length = 0
    const again = await fit(few)
    expect(stages).toEqual(['reading', 'preparing'])
    expect(again.report.training.epochs).toBe(first.report.training.epochs)
    expect(again.predictProbaSync(asked(test[0]!))).toEqual(first.predictProbaSync(asked(test[0]!)))
    await expect(fit(train.slice(0, 61))).rejects.toThrow('the same fit')
    const recipe = dense as { dropout: number }
    const { dropout } = recipe
    try {
      recipe.dropout = 0.3
      await expect(fit(few)).rejects.toThrow('of another version')
    } finally {
      recipe.dropout = dropout
    }
  })

  it('follow the metric f1', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(train, { ...options, metric: 'f1', validation: test })
    expect(model.report.training.score).toBeCloseTo((await model.evaluate(test)).f1, 6)
  })
})

describe('a file', () => {
  it('holds the whole model, and load opens it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tabular-')), 'model.safetensors')
    await classifier.save(path)
    const again = await load(path)
    expect(again).toBeInstanceOf(TabularClassifier)
    const model = again as unknown as typeof classifier
    expect(model.predictProbaSync(asked(test[0]!))).toEqual(classifier.predictProbaSync(asked(test[0]!)))
    expect(JSON.stringify(model.schema)).toBe(JSON.stringify(classifier.schema))
    expect(model.report).toEqual(classifier.report)
    expect(model.seed).toBe(1)
    expect(model.toBytes()).toEqual(classifier.toBytes())
    const number = await TabularRegressor.load<Person>(regressor.toBytes())
    expect(await number.predictInterval(test.slice(0, 3))).toEqual(await regressor.predictInterval(test.slice(0, 3)))
  })

  it('of the first form, with one network, is read', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!) as { learned: { ensemble: { parts: { network: object }[] } } }
    const { ensemble, ...learned } = json.learned
    const plain = { ...json, learned: { ...learned, ensemble: { ...ensemble, temperature: 1 } } }
    const expected = await TabularClassifier.load(encodeSafetensors(tensors, { [metadataKey]: JSON.stringify(plain) }))
    const first = { ...json, learned: { ...learned, network: ensemble.parts[0]!.network } }
    const renamed = new Map([...tensors].map(([name, tensor]) => [name.replace('network.0.', 'network.'), tensor]))
    const bytes = encodeSafetensors(renamed, { [metadataKey]: JSON.stringify(first) })
    const model = await TabularClassifier.load(bytes)
    const row = asked(test[0]!) as never
    expect(model.predictProbaSync(row)).toEqual(expected.predictProbaSync(row))
  })

  it('with weights that do not add up to 1, or a temperature that fit cannot make, is refused', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!)
    const load = (weight: number, temperature: number) => {
      const changed = structuredClone(json)
      changed.learned.ensemble.parts[0].weight *= weight
      changed.learned.ensemble.temperature = temperature
      return TabularClassifier.load(encodeSafetensors(tensors, { [metadataKey]: JSON.stringify(changed) }))
    }
    await expect(load(0.9, 1)).rejects.toThrow('add up to')
    await expect(load(1, 1e-5)).rejects.toThrow('temperature')
    await expect(load(1, 0.5)).resolves.toBeInstanceOf(TabularClassifier)
  })

  it('that is changed is refused, or gives a model that predicts', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!) as object
    const changes: unknown[] = [null, -1, 1e9, 'x', [], {}, Number.NaN]
    let refused = 0
    for (const path of pathsOf(json)) {
      if (path.includes('report') || path.includes('network')) continue
      const change = changes[path.length % changes.length]
      const text = JSON.stringify(withChange(json, path, change))
      const bytes = encodeSafetensors(tensors, { [metadataKey]: text })
      try {
        const model = await TabularClassifier.load(bytes)
        model.predictSync(asked(test[0]!) as never)
      } catch (error) {
        expect(error, path.join('.')).toMatchObject({ code: expect.stringMatching(/ERR_(FORMAT|ARGUMENT)/) })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
    await expect(TabularRegressor.load(classifier.toBytes())).rejects.toThrow(FormatError)
  })
})

/** The paths of all values of plain JSON. */
function pathsOf(value: unknown): string[][] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, entry]) => [[key], ...pathsOf(entry).map((path) => [key, ...path])])
}

function withChange(value: unknown, [key, ...rest]: readonly string[], change: unknown): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const entries = copy as Record<string, unknown>
  entries[key!] = rest.length === 0 ? change : withChange(entries[key!], rest, change)
  return copy
}
