import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { FormatError } from '../../../lib/base/errors.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { uniforms } from '../../../lib/math/random.js'
import { chooseEnsemble } from '../../../lib/tabular/choose.js'
import { classTask } from '../../../lib/tabular/class-task.js'
import type { Inputs } from '../../../lib/tabular/inputs.js'
import { TabularJournal } from '../../../lib/tabular/journal.js'
import { NetworkOrder } from '../../../lib/tabular/network-order.js'
import { LocalTrainer, type NetworkTrainer } from '../../../lib/tabular/network-trainer.js'
import type { TabularProgress } from '../../../lib/tabular/options.js'
import { type Plans, trainPortfolio } from '../../../lib/tabular/portfolio.js'
import { dense, members, type Recipe, real } from '../../../lib/tabular/recipes.js'
import type { EncodedRows } from '../../../lib/tabular/task.js'
import { lengthOf, type Trained } from '../../../lib/tabular/train.js'

const random = uniforms(4)
const rowsOf = (count: number): EncodedRows => {
  const x = new Matrix(
    Float32Array.from({ length: count * 3 }, () => random() * 2 - 1),
    count,
    3,
  )
  return { x, y: Int32Array.from({ length: count }, (_, i) => Number(x.at(i, 0) * x.at(i, 1) > 0)) }
}
const folds = [rowsOf(60), rowsOf(60), rowsOf(60)]
const training = rowsOf(160)
const short = { hidden: [16], steps: 40, epochs: [4, 4] as const }
const recipes: readonly Recipe[] = [
  { ...members, ...short, members: 4 },
  { ...real, ...short },
  { ...dense, ...short },
]
const grid = Array.from({ length: 97 }, (_, k) => -1 + k / 48)
const edges = Array.from({ length: 2 }, () => ({ rows: grid, different: grid }))
const inputs: Inputs = { width: 3, scaled: [0, 1], levels: [0, 1], others: [2], edges }
const task = classTask(2, 'logLoss')
const targets = folds.map(({ y }) => y as Int32Array)

const plans = (options: Partial<Plans> = {}): Plans => ({
  ...{ recipes, inputs, task, seed: 3, concurrency: 2, deadline: Infinity, signal: undefined, journal: undefined },
  ...{
    splits: folds.map((validation) => ({
      rows: 160,
      heldOut: 60,
      training: () => training,
      validation: () => validation,
    })),
    isStopped: () => false,
  },
  ...{ onProgress: undefined, ...options },
})

const chosen = async (options: Partial<Plans> = {}) => {
  const { bags, epochs, isComplete } = await trainPortfolio(plans(options))
  return { bags, epochs, isComplete, ...runNow(chooseEnsemble(bags, targets, task, 'greedy')) }
}

/**
 * When networks begin and end, in seconds of a clock that only they move on, two at once.
 * @param costs the measured seconds of ten epochs of each recipe.
 * @param taken the seconds that they take.
 */
async function spansOf({ costs, taken = costs, seconds }: { costs: number[]; taken?: number[]; seconds: number }) {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
  const begin = performance.now()
  const now = () => Math.round((performance.now() - begin) / 1000)
  const spans = new Map<string, readonly [begin: number, end: number]>()
  const own: readonly Recipe[] = recipes.map((recipe) => ({ ...recipe, epochs: [10, 10] }))
  const trainer: NetworkTrainer = {
    speed: async ({ recipe }) => (10 * 180) / costs[own.indexOf(recipe)]!,
    async train({ recipe, split }, _rows, { epochs }) {
      const [r, first] = [own.indexOf(recipe), now()]
      await new Promise((resolve) => setTimeout(resolve, epochs * 100 * taken[r]!))
      spans.set(`${r}/${split}`, [first, now()])
      return {
        network: { dispose() {} } as Trained['network'],
        outputs: new Matrix(new Float32Array(0), 0, 2),
        epochs,
        bestEpoch: 1,
      }
    },
  }
  const options = { recipes: own, core: 2, trainer, deadline: begin + 1000 * seconds }
  let isOver = false
  const run = trainPortfolio(plans(options)).finally(() => {
    isOver = true
  })
  while (!isOver) {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersToNextTimer()
  }
  await run
  return spans
}

afterEach(() => void vi.useRealTimers())

describe('lengthOf', () => {
  it('makes batches small where rows are few, and smaller for members', () => {
    expect(lengthOf(members, 3000)).toEqual({ size: 47, epochs: 30 })
    expect(lengthOf(dense, 3000)).toEqual({ size: 188, epochs: 94 })
    expect(lengthOf(members, 30_000)).toEqual({ size: 256, epochs: 17 })
    expect(lengthOf(members, 400_000)).toEqual({ size: 500, epochs: 12 })
    expect(lengthOf(members, 100).size).toBe(16)
  })
})

describe('trainPortfolio', () => {
  it('trains all networks where the first took much less time than was measured', async () => {
    const { splits } = plans()
    const local = new LocalTrainer(splits, inputs, task)
    const trainer: NetworkTrainer = { speed: async () => 40, train: (...job) => local.train(...job) }
    const { bags, isComplete } = await trainPortfolio(plans({ trainer, deadline: performance.now() + 8000 }))
    const epochs = bags.flatMap(({ trained }) => trained.map((one) => one?.epochs))
    expect(epochs[0]).toBeLessThan(4)
    expect(epochs.slice(1)).toEqual(Array(8).fill(4))
    expect(isComplete).toBe(false)
    for (const { trained } of bags) for (const one of trained) one!.network.dispose()
  })

  it('trains the core recipes on each split, then the others', async () => {
    const order: string[] = []
    const { splits } = plans()
    const local = new LocalTrainer(splits, inputs, task)
    const trainer: NetworkTrainer = {
      speed: async () => 1e6,
      async train(job, ...rest) {
        const r = recipes.indexOf(job.recipe)
        order.push(`${r}/${job.split}`)
        await new Promise((resolve) => setTimeout(resolve, r === 0 ? 300 : 0))
        return local.train(job, ...rest)
      },
    }
    await trainPortfolio(plans({ core: 2, trainer, concurrency: 1 }))
    expect(order).toEqual(['0/0', '1/0', '0/1', '1/1', '0/2', '1/2', '2/0', '2/1', '2/2'])
    order.length = 0
    await trainPortfolio(plans({ core: 2, trainer, concurrency: 1, deadline: performance.now() + 60_000 }))
    // With a time limit those that take less come first, on all but the first split.
    expect(order).toEqual(['0/0', '1/0', '1/1', '0/1', '1/2', '0/2', '2/0', '2/1', '2/2'])
  })

  it('trains core recipes on fewer splits where time is short, and no further recipe', async () => {
    // The clock goes on by what networks take alone.
    vi.useFakeTimers({ toFake: ['performance'] })
    const { splits } = plans()
    const local = new LocalTrainer(splits, inputs, task)
    // 180 rows with the held-out ones at the end: 0.18 seconds for each of four epochs.
    const trainer: NetworkTrainer = {
      speed: async () => 1000,
      async train(job, rows, length, limits) {
        vi.advanceTimersByTime(180 * length.epochs)
        return local.train(job, rows, length, { ...limits, deadline: Infinity })
      },
    }
    const deadline = performance.now() + 3000
    const { bags, isComplete } = await trainPortfolio(plans({ core: 2, trainer, concurrency: 1, deadline }))
    expect(performance.now()).toBeLessThan(deadline)
    expect(isComplete).toBe(false)
    const counts = bags.map(({ trained }) => trained.filter((one) => one).length)
    expect(counts).toEqual([2, 2, 0])
  })

  it('begins a further recipe where a core is free and there is no time for a further split', async () => {
    // At 100 seconds the longest network of the second split has begun. No half of one on the third split fits.
    const spans = await spansOf({ costs: [100, 30, 20], seconds: 150 })
    expect([...spans.keys()].sort()).toEqual(['0/0', '0/1', '1/0', '1/1', '2/0', '2/1'])
    expect(spans.get('2/0')![0]).toBe(100)
    expect(spans.get('0/1')![1]).toBeGreaterThan(130)
  })

  it('goes on with splits after a further recipe where a network ended earlier than was planned', async () => {
    const spans = await spansOf({ costs: [100, 30, 20], taken: [40, 30, 20], seconds: 95 })
    // At 30 seconds a second split seems to take too long; at 32 the first network has ended.
    expect(spans.get('2/0')![0]).toBe(30)
    expect(spans.get('0/0')![1]).toBe(32)
    expect([...spans.keys()]).toEqual(expect.arrayContaining(['0/1', '1/1', '2/1']))
  })

  it.each([undefined, Number.NaN, 0])(
    'leaves out all networks, and is not complete, with a speed of %s',
    async (speed) => {
      const trainer: NetworkTrainer = { speed: async () => speed, train: async () => undefined }
      const options = plans({ deadline: performance.now() + 60_000 })
      const order = new NetworkOrder(options, trainer, () => false, new AbortController().signal)
      for await (const { key } of order.places()) expect(key).toBe('none')
      expect(order.isComplete).toBe(false)
    },
  )

  it('trains each recipe on each split, whatever runs at once', async () => {
    const [one, several] = [await chosen({ concurrency: 1 }), await chosen({ concurrency: 3 })]
    expect(one.isComplete).toBe(true)
    expect(one.epochs).toBe(recipes.length * folds.length * 4)
    for (const { trained } of one.bags) for (const network of trained) expect(network?.epochs).toBe(4)
    expect(several.ensemble.parts.map(({ weight }) => weight)).toEqual(one.ensemble.parts.map(({ weight }) => weight))
    // One thread and several add up in another order.
    for (const [i, output] of several.outputs.data.entries()) expect(output).toBeCloseTo(one.outputs.data[i]!, 2)
    expect((await chosen({ concurrency: 2 })).outputs).toEqual(several.outputs)
  })

  it('tells epochs of all networks, and the remaining time', async () => {
    const told: TabularProgress[] = []
    await trainPortfolio(plans({ onProgress: (progress) => told.push(progress) }))
    expect(told.at(-1)).toMatchObject({ stage: 'training', epoch: 36, epochs: 36, etaSeconds: 0 })
    for (const { epoch, epochs, etaSeconds } of told) {
      expect(epoch).toBeLessThanOrEqual(epochs)
      expect(etaSeconds).toBeGreaterThanOrEqual(0)
    }
  })

  it('does less in less time, the first recipe first', async () => {
    const long = recipes.map((recipe) => ({ ...recipe, epochs: [50_000, 50_000] as const }))
    const begin = performance.now()
    const { bags, isComplete } = await trainPortfolio(plans({ recipes: long, concurrency: 1, deadline: begin + 2000 }))
    expect(isComplete).toBe(false)
    expect(bags[0]!.trained[0]!.epochs).toBeGreaterThan(0)
    expect(bags.flatMap(({ trained }) => trained.filter((one) => one))).toHaveLength(1)
    const { ensemble, trained } = runNow(chooseEnsemble(bags, targets, task, 'greedy'))
    expect(trained.length).toBe(ensemble.parts.length)
  })

  it('makes held-out rows for networks alone, not to measure the speed', async () => {
    let copies = 0
    const splits = plans().splits.map((split) => ({
      ...split,
      validation: () => {
        copies++
        return split.validation()
      },
    }))
    const { bags } = await trainPortfolio(plans({ splits, deadline: performance.now() + 20_000 }))
    expect(copies).toBe(bags.flatMap(({ trained }) => trained.filter((one) => one)).length)
  })

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController()
    const onProgress = () => controller.abort(new Error('enough'))
    await expect(trainPortfolio(plans({ signal: controller.signal, onProgress }))).rejects.toThrow('enough')
  })

  it('goes on from a journal', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'fit.ndjson')
    let networks = 0
    const isStopped = () => networks > 3
    const onProgress = ({ epoch, epochs }: TabularProgress) => {
      if (epoch % 4 === 0 && epochs > 0) networks = epoch / 4
    }
    await trainPortfolio(plans({ concurrency: 1, isStopped, onProgress, journal: new TabularJournal(path, 'a') }))
    const kept = readFileSync(path, 'utf8').trim().split('\n').length - 1
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(9)
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"key":"2/2","netw`)
    const resumed = await chosen({ concurrency: 1, journal: new TabularJournal(path, 'a') })
    expect(resumed.epochs).toBe(36)
    expect(resumed.outputs).toEqual((await chosen({ concurrency: 1 })).outputs)
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(10)
    expect(() => new TabularJournal(path, 'b')).toThrow('the same fit')
    writeFileSync(path, 'something else\n')
    expect(() => new TabularJournal(path, 'a')).toThrow('holds something else')
    const absent = join(path, 'x')
    expect(() => new TabularJournal(absent, 'a')).toThrow('Could not open')
    expect(existsSync(absent)).toBe(false)
  })

  it('keeps no network in the journal that the time limit made shorter', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'fit.ndjson')
    const long = recipes.map((recipe) => ({ ...recipe, epochs: [50_000, 50_000] as const }))
    const { splits } = plans()
    const few = { recipes: long, splits: splits.slice(0, 1), concurrency: 1 }
    const journal = new TabularJournal(path, 'a')
    const { bags } = await trainPortfolio(plans({ ...few, deadline: performance.now() + 3000, journal }))
    expect(bags[0]!.trained[0]!.epochs).toBeGreaterThan(0)
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it('reads no network of other sizes from a journal', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'fit.ndjson')
    const { splits } = plans()
    await trainPortfolio(
      plans({ recipes: recipes.slice(2), splits: splits.slice(0, 1), journal: new TabularJournal(path, 'a') }),
    )
    const journal = new TabularJournal(path, 'a')
    const sizes = { inputs: 3, outputs: 2, rows: 60 }
    expect((await journal.read('0/0', sizes))?.epochs).toBe(4)
    for (const other of [{ inputs: 4 }, { outputs: 3 }, { rows: 61 }]) {
      await expect(journal.read('0/0', { ...sizes, ...other })).rejects.toThrow(FormatError)
    }
  })
})

describe('chooseEnsemble', () => {
  it('weights networks so that held-out rows cost no more than with the best recipe alone', async () => {
    const { bags } = await trainPortfolio(plans())
    const costs = bags.map(({ trained }) => {
      const outputs = trained.flatMap((one) => [...one!.outputs.data])
      return task.cost(
        new Matrix(Float32Array.from(outputs), 180, 2),
        Int32Array.from(targets.flatMap((own) => [...own])),
      )
    })
    const { outputs, truth, ensemble } = runNow(chooseEnsemble(bags, targets, task, 'greedy'))
    expect(task.cost(outputs, truth)).toBeLessThanOrEqual(Math.min(...costs) + 1e-6)
    expect(ensemble.parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
  })

  it('compares recipes on so many first splits that they have the most networks, and frees the others', () => {
    let freed = 0
    const one = (probability: number, rows: EncodedRows): Trained => {
      const outputs = new Matrix(
        new Float32Array(120).map((_, k) => (k % 2 ? probability : 1 - probability)),
        60,
        2,
      )
      const network = { dispose: () => freed++ } as unknown as Trained['network']
      return { network, outputs: rows && outputs, epochs: 1, bestEpoch: 1 }
    }
    const [a, b, c] = folds.map((rows) => one(0.5, rows))
    const other = folds.map((rows) => one(0.6, rows))
    const bags = [
      { recipe: members, trained: [a, b, c] },
      { recipe: real, trained: [other[0], other[1], undefined] },
      { recipe: dense, trained: [undefined, other[2], undefined] },
    ]
    const { outputs, trained, truth } = runNow(chooseEnsemble(bags, targets, task, 'greedy'))
    expect([outputs.rows, truth.length]).toEqual([120, 120])
    expect(trained).not.toContain(c)
    expect(trained.length + freed).toBe(6)
    const alone = [{ recipe: members, trained: [undefined, b, c] }]
    expect(runNow(chooseEnsemble(alone, targets, task, 'greedy')).trained).toEqual([b, c])
  })
})
