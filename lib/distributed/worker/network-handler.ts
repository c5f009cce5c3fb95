import { runBreathing } from '../../base/breathing.js'
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSeed,
  invalid,
  optionKeys,
} from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { Matrix } from '../../base/matrix.js'
import { errorToData } from '../../jobs/error-data.js'
import { type JobContext, type JobHandler, unpack } from '../../jobs/index.js'
import { Recent } from '../../jobs/recent.js'
import { LocalTrainer } from '../../tabular/network-trainer.js'
import type { NetworkProgress, NetworkResult, NetworksSpec, NetworkTask } from '../../tabular/queued-networks.js'
import { type SplitData, splitsOf } from '../../tabular/split-data.js'
import type { EncodedRows, Task } from '../../tabular/task.js'

const specKeys = optionKeys<NetworksSpec>({ data: true, inputs: true, task: true })
const dataKeys = optionKeys<SplitData>({ x: true, y: true, splits: true, given: true })
const taskKeys = optionKeys<NetworkTask>({
  ...{ recipe: true, split: true, seed: true, size: true, epochs: true, rows: true, deadline: true },
})
const recipes = ['dense', 'members', 'real']

/** Fits whose rows a worker keeps for the next job. */
const keptFits = 2
/** Reports of a job are so far apart. */
const reportMs = 1000

interface Fit {
  readonly trainer: LocalTrainer
  readonly splits: number
}

/** Trains the networks of table models that a queue asks for. What it reads is untrusted, and checked. */
export function networkHandler(): JobHandler {
  const fits = new Recent<Fit>(keptFits)
  return async (json, context): Promise<NetworkResult | undefined> => {
    const { trainer, splits } = await fits.get(context.spec, async () =>
      fitOf(await runBreathing(unpack(await context.data(context.spec)), undefined)),
    )
    const { recipe, split, seed, size, epochs, rows, deadline: until } = readTask(json, splits)
    const deadline = until === Infinity ? Infinity : performance.now() + (until - (await context.now())) * 1000
    const { signal } = context
    const job = { number: 0, recipe, split, seed, threads: 1 }
    try {
      if (epochs === undefined) return { speed: await trainer.speed(job, size, { deadline, signal }) }
      const limits = { signal, deadline, isStopped: () => context.isStopping(), onEpochs: reports(context) }
      const { network, ...trained } = await trainer.train(job, rows, { size, epochs }, limits)
      const bytes = network.toBytes({ includeOptimizer: false })
      network.dispose()
      return { ...trained, network: bytes }
    } catch (error) {
      if (signal.aborted) return undefined
      return { thrown: errorToData(error) }
    }
  }
}

/** Sends the progress of a network, not more often than it is read. */
function reports({ progress }: JobContext) {
  let next = 0
  return async (epochs: number, loss: number, logged: number | undefined): Promise<void> => {
    if (performance.now() < next) return
    next = performance.now() + reportMs
    const report: NetworkProgress = { epochs, loss: finite(loss), logged: finite(logged) }
    progress(report)
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}

function fitOf(value: unknown): Fit {
  checkOptions(value, 'the networks of a fit', specKeys)
  const { data, inputs, task: own } = value as NetworksSpec
  checkOptions(inputs, 'inputs', Object.keys(Object(inputs)))
  checkOptions(own, 'task', Object.keys(Object(own)))
  // Scores are computed where the fit runs.
  const nowhere = () => Number.NaN
  const task: Task = { ...own, fromLog: (logged) => logged, score: nowhere, cost: nowhere }
  const splits = splitsOf(readData(data), undefined)
  return { trainer: new LocalTrainer(splits, inputs, task), splits: splits.length }
}

function readData(data: unknown): SplitData {
  checkOptions(data, 'data', dataKeys)
  const { x, y, splits, given } = data as SplitData
  checkEncoded({ x, y }, 'data')
  if (given !== undefined) checkEncoded(given, 'given')
  if (!Array.isArray(splits)) throw invalid('splits', 'an array', splits)
  for (const [k, split] of splits.entries()) {
    checkOptions(split, `split ${k}`, ['training', 'validation'])
    for (const rows of [split.training, split.validation] as unknown[]) {
      if (rows instanceof Uint32Array && rows.length > 0 && rows.every((row) => row < x.rows)) continue
      throw new FormatError(`Expected numbers of rows below ${x.rows} in split ${k}.`)
    }
  }
  return { x, y, splits, given }
}

function checkEncoded({ x, y }: EncodedRows, name: string): void {
  const isTargets = y instanceof Int32Array || y instanceof Float32Array
  if (x instanceof Matrix && isTargets && y.length === x.rows) return
  throw new FormatError(`Expected a matrix, and a target for each of its rows, in ${name}.`)
}

function readTask(value: unknown, splits: number): NetworkTask {
  checkOptions(value, 'a network', taskKeys)
  const task = value as NetworkTask
  const { recipe, split, seed, size, epochs, rows, deadline } = task
  checkOptions(recipe, 'recipe', Object.keys(Object(recipe)))
  checkOneOf(recipe.kind, 'kind of recipe', recipes)
  checkInteger(split, 'split', { min: 0, max: splits - 1 })
  checkSeed(seed)
  checkInteger(size, 'size', { min: 1 })
  if (epochs !== undefined) checkInteger(epochs, 'epochs', { min: 1 })
  if (rows !== Infinity) checkNumber(rows, 'rows', { min: 0 })
  if (deadline !== Infinity) checkNumber(deadline, 'deadline')
  return task
}
