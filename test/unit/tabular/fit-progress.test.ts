import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TabularClassifier, type TabularProgress } from '../../../lib/tabular/index.js'
import { dense } from '../../../lib/tabular/recipes.js'
import { asked, type Person, people } from './people.js'

const options = { target: 'churned', columns: { price: 'ignored' } } as const
const [train, test] = [people(600), people(200, 2)]
const fitted = () => new TabularClassifier({ preset: 'fast', seed: 1 }).fit(train, options)

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

  it('goes on from the file of resume, for the same rows, options and seed', async () => {
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
})
