import { createHash } from 'node:crypto'
import type { Group } from '../../../lib/distributed/index.js'
import { datasets, MLPClassifier, MLPRegressor, NetworkClassifier } from '../../../lib/index.js'
import { rowsOf } from './rank-model.js'

/** What a rank does. What is in `only` is for the rank of that number. */
export interface EstimatorPlan {
  kind: 'MLPClassifier' | 'MLPRegressor' | 'NetworkClassifier'
  params?: object
  rows?: number
  /** Labels of this rank by class, in place of a, b and c; or several numbers a row. */
  labels?: readonly (string | number)[]
  table?: boolean
  weights?: boolean
  timeLimit?: number
  /** Whether another fit, to its end, comes first. */
  isWarm?: boolean
  isAborted?: boolean
  at?: { epoch: number; does: 'throw' | 'abort' }
  only?: { [rank: number]: Partial<EstimatorPlan> }
}

export interface EstimatorResult {
  hash?: string
  /** The hash after the fit that comes first. */
  before?: string
  weights?: number[]
  lossCurve?: number[]
  validationScores?: number[]
  t?: number
  stopReason?: string
  classes?: unknown
  error?: { name: string; code?: string; message: string }
  /** Of the group's barrier after fit. */
  after: string
}

/** Rows with labels, a number or two numbers each. */
export function dataOf({ kind, rows = 64, labels = ['a', 'b', 'c'], table, weights }: EstimatorPlan) {
  const { x } = rowsOf(rows)
  const numbers = x.map(([a, b, c, d]) => [Math.abs(a! * b! + c!), Math.abs(c! - d!)])
  const classes = x.map(([a, b]) => labels[a! > 0.4 ? 0 : b! > 0 ? 1 : labels.length - 1]!)
  const y = kind === 'MLPRegressor' ? numbers.map((row) => (table ? row : row[0]!)) : classes
  return { x, y, ...(weights && { sampleWeight: x.map((_, i) => 1 + (i % 3)) }) }
}

const makers = {
  MLPClassifier: (params: object) => new MLPClassifier(params),
  MLPRegressor: (params: object) => new MLPRegressor(params),
  NetworkClassifier: (params: object) => new NetworkClassifier({ layers: [], ...params }),
}

export async function fitOn(plan: EstimatorPlan, group?: Group): Promise<EstimatorResult> {
  const all = dataOf(plan)
  const { x, y, sampleWeight } = group ? datasets.shard(all, group) : all
  const model = makers[plan.kind]({ seed: 1 + (group?.rank ?? 0), ...plan.params }) as MLPClassifier
  const aborting = new AbortController()
  if (plan.isAborted) aborting.abort(new Error('Enough.'))
  const options = {
    ...(group && { group }),
    ...(plan.timeLimit && { timeLimit: plan.timeLimit }),
    ...(sampleWeight && { sampleWeight }),
    signal: aborting.signal,
    onEpochEnd(epoch: number) {
      if (plan.at?.epoch !== epoch) return
      if (plan.at.does === 'throw') throw new RangeError('No room for more.')
      aborting.abort(new Error('Enough.'))
    },
  }
  let error: EstimatorResult['error']
  let before: string | undefined
  try {
    if (plan.isWarm) {
      await model.fit(x, y as string[], { group, timeLimit: 60 } as object)
      before = hashOf(weightsOf(model))
    }
    await model.fit(x, y as string[], options as object)
  } catch (failure) {
    const { name, code, message } = failure as Error & { code: string }
    error = { name, code, message }
  }
  const after = await (group?.barrier() ?? Promise.resolve()).then(
    () => 'together',
    ({ code }) => code,
  )
  if (!model.isFitted) return { ...(error && { error }), after }
  const weights = weightsOf(model)
  const { lossCurve, validationScores, t, stopReason, classes } = model
  return {
    ...(error && { error }),
    hash: hashOf(weights),
    ...(before && { before }),
    weights,
    ...{ lossCurve, validationScores, t, stopReason, classes, after },
  }
}

function weightsOf(model: MLPClassifier | NetworkClassifier): number[] {
  const tensors =
    model instanceof NetworkClassifier
      ? model.network.getWeights()
      : [...model.coefs, ...model.intercepts.map((data) => ({ data }))]
  return tensors.flatMap(({ data }) => [...data])
}

const hashOf = (weights: readonly number[]) => createHash('sha256').update(Float32Array.from(weights)).digest('hex')
