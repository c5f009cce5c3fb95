import { runBreathing } from '../base/breathing.js'
import { TrainingError } from '../base/errors.js'
import { inSteps } from './in-steps.js'
import { allRows, matrixOf, takeRows } from './known-rows.js'
import type { TargetChoice } from './learned.js'
import type { FitSettings } from './options.js'
import type { PreparedRows } from './prepare-rows.js'
import type { Reading } from './reading.js'
import { dense } from './recipes.js'
import type { EncodedRows } from './task.js'
import { lengthOf, trainNetwork } from './train.js'

/** The network that is trained with each form, on one thread, so that the choice does not depend on the processor's cores. */
const recipe = { ...dense, dropout: 0, steps: 1000 }
/** Rows of it, and rows that it is compared on. */
const mostRows = 20_000
const mostHeldOut = 10_000
/** Another form must be so much better than the standard one: differences below are chance. */
const leastGain = 0.01
/** The share of the time that is left which each network may take. */
const shareOfTime = 0.05

/**
 * Chooses the form in which a target is learned: a small network is trained with each, and scored on held-out rows. What there
 * is no time for is not compared.
 */
export async function chooseForm<T>(
  prepared: PreparedRows<T>,
  { signal, deadline, isStopped }: Pick<FitSettings<string>, 'signal' | 'deadline' | 'isStopped'>,
  seed: number,
): Promise<{ readonly reading: Reading<T>; readonly choice: TargetChoice | undefined }> {
  const { reading } = prepared
  const { form, others = [] } = reading
  if (form === undefined) return { reading, choice: undefined }
  if (others.length === 0) return { reading, choice: { form, scores: {} } }
  const scores: Record<string, number> = {}
  let best = { reading, score: Infinity }
  const { xs, own, held } = await rowsToCompare(prepared, signal)
  for (const candidate of [reading, ...others]) {
    const training: EncodedRows = { x: xs.training, y: takeRows(candidate.y, own) }
    const { y, truth } = prepared.given ? candidate.readKnown(prepared.given.target) : candidate
    const validation: EncodedRows = { x: xs.validation, y: takeRows(y, held) }
    const length = lengthOf(recipe, own.length)
    const job = {
      recipe,
      inputs: prepared.inputs,
      task: candidate.task,
      training,
      validation,
      seed,
      threads: 1,
    }
    const now = performance.now()
    const limits = { signal, isStopped, onEpochs: async () => {} }
    try {
      const trained = await trainNetwork(job, length, { ...limits, deadline: now + shareOfTime * (deadline - now) })
      trained.network.dispose()
      if (trained.epochs < length.epochs) break
      const score = candidate.task.score(trained.outputs, takeRows(truth, held))
      scores[candidate.form!] = score
      // The standard form is the first.
      if (score < best.score * (best.score < Infinity ? 1 - leastGain : 1)) best = { reading: candidate, score }
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error
    }
  }
  return { reading: best.reading, choice: { form: best.reading.form!, scores } }
}

/** Some rows of the first split. */
async function rowsToCompare<T>({ data, plan, splits, given, rows }: PreparedRows<T>, signal: AbortSignal | undefined) {
  const all = splits[0]?.training ?? allRows(rows)
  const own = thinned(all, mostRows)
  const width = plan.width
  const training = await runBreathing(matrixOf(data, width, own), signal)
  if (given) {
    const held = thinned(allRows(given.x.rows), mostHeldOut)
    const validation = await runBreathing(matrixOf(given.x.data, width, held), signal)
    return { xs: { training, validation }, own, held }
  }
  const held = thinned(splits[0]!.validation, mostHeldOut)
  const validation = await runBreathing(matrixOf(data, width, held), signal)
  return { xs: { training, validation }, own, held }
}

function thinned(rows: Uint32Array, most: number): Uint32Array {
  if (rows.length <= most) return rows
  return inSteps(rows.length, most).map((k) => rows[k]!)
}
