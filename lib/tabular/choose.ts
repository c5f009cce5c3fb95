import type { Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import { bestScale } from '../calibration/scale.js'
import { joined } from './encode-rows.js'
import { Ensemble, temper } from './ensemble.js'
import { greedyWeights } from './greedy.js'
import type { Bag } from './portfolio.js'
import type { Preset } from './presets.js'
import type { Task, Truth } from './task.js'
import type { Trained } from './train.js'

/** An ensemble, with its outputs for rows that were held out from the networks that made them, and the truth of these rows. */
export interface Chosen {
  readonly ensemble: Ensemble
  readonly outputs: Matrix
  readonly truth: Truth
  /** The trained networks of the ensemble, and the number of recipes that they are of. */
  readonly trained: readonly Trained[]
  readonly recipes: number
}

/**
 * Makes an ensemble of what was trained, and frees the rest. Recipes that were trained on all of the first splits are compared on the
 * held-out rows, with so many splits that they have the most networks; if there is none, the ensemble is the networks of the first
 * recipe that has any.
 * @param heldOut the truth of the held-out rows of each split.
 * @param deadline when greedy selection ends, as performance.now() counts.
 */
export function* chooseEnsemble(
  bags: readonly Bag[],
  heldOut: readonly Truth[],
  task: Task,
  choice: Preset['choice'],
  deadline = Infinity,
): Work<Chosen> {
  const { whole, splits } = mostNetworks(bags)
  const some = bags.find(({ trained }) => trained.some((one) => one?.bestEpoch !== undefined))
  const candidates = whole.length > 0 ? whole : [some ?? bags.find(({ trained }) => trained.some((one) => one))!]
  const isUsed = heldOut.map((_, s) => {
    if (whole.length > 0) return s < splits
    const one = candidates[0]!.trained[s]
    return one !== undefined && (some === undefined || one.bestEpoch !== undefined)
  })
  const networks = candidates.map(({ trained }) => trained.filter((_, s) => isUsed[s]) as Trained[])
  const truth = belowEachOther(heldOut.filter((_, s) => isUsed[s]))
  const outputs = networks.map((own) =>
    joined(
      own.map(({ outputs }) => outputs),
      own[0]!.outputs.cols,
    ),
  )
  const weights =
    choice === 'greedy' ? yield* greedyWeights(outputs, truth, task, deadline) : oneWeight(outputs, truth, task)
  const mean = new Matrix(new Float32Array(outputs[0]!.data.length), outputs[0]!.rows, outputs[0]!.cols)
  for (const [k, { data }] of outputs.entries()) {
    for (let i = 0; i < data.length; i++) mean.data[i]! += weights[k]! * data[i]!
    yield
  }
  const temperature = task.isClasses ? yield* temperatureOf(mean, truth as Int32Array) : 1
  if (temperature !== 1) for (let i = 0; i < mean.rows; i++) temper(mean.row(i), temperature)
  const parts = networks.flatMap((own, k) =>
    weights[k]! > 0 ? own.map(({ network }) => ({ network, weight: weights[k]! / own.length })) : [],
  )
  const kept = new Set(parts.map(({ network }) => network))
  for (const { trained } of bags) for (const one of trained) if (one && !kept.has(one.network)) one.network.dispose()
  return {
    ...{ ensemble: new Ensemble(parts, temperature), outputs: mean, truth },
    trained: networks.flat().filter(({ network }) => kept.has(network)),
    recipes: weights.filter((weight) => weight > 0).length,
  }
}

/** The number of first splits, and the recipes with a whole epoch on all of them, that are the most networks. */
function mostNetworks(bags: readonly Bag[]): { whole: readonly Bag[]; splits: number } {
  let most: { whole: readonly Bag[]; splits: number } = { whole: [], splits: 0 }
  for (let splits = 1; splits <= bags[0]!.trained.length; splits++) {
    const whole = bags.filter(({ trained }) => trained.slice(0, splits).every((one) => one?.bestEpoch !== undefined))
    if (whole.length * splits >= most.whole.length * most.splits) most = { whole, splits }
  }
  return most
}

function oneWeight(outputs: readonly Matrix[], truth: Truth, { cost }: Task): number[] {
  const costs = outputs.map((own) => cost(own, truth))
  const best = costs.indexOf(Math.min(...costs))
  return costs.map((_, k) => (k === Math.max(best, 0) ? 1 : 0))
}

/** The least and the largest temperature: beyond, rows are too few or too easy to tell it. */
const temperatures = [0.5, 2] as const

/** The divisor of logarithms that minimizes the log loss. */
function* temperatureOf({ data, rows, cols }: Matrix, y: Int32Array): Work<number> {
  const logits = Float64Array.from(data, (probability) => Math.log(probability + 1e-12))
  yield
  const factor = yield* bestScale(logits, y.slice(0, rows), undefined, cols)
  return Math.min(Math.max(1 / factor, temperatures[0]), temperatures[1])
}

function belowEachOther(parts: readonly Truth[]): Truth {
  const length = parts.reduce((sum, own) => sum + own.length, 0)
  const all = parts[0] instanceof Int32Array ? new Int32Array(length) : new Float64Array(length)
  let at = 0
  for (const own of parts) {
    all.set(own, at)
    at += own.length
  }
  return all
}
