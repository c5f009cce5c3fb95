import { TrainingError } from '../base/errors.js'
import { makeNetwork } from './make-network.js'
import type { Job, Limits } from './train.js'

/** How long the speed is measured, as a share of the time that is left, and at most, in seconds. */
const measuredShare = 0.05
const mostMeasured = 0.5
/** Batches that are trained with in turn. */
const batches = 16
/** Of a network whose loss is not finite: it will be told by the run itself. */
const unknownSpeed = 1e5

/** Rows enough to measure with. */
export function rowsToMeasure(batchSize: number): number {
  return batches * batchSize
}

/**
 * The rows that are trained with in a second, measured with a network that is thrown away. Steps before the first report are left
 * out, since they also make room and find the number of threads; if there is no further report, they count.
 */
export async function speedOf(
  { recipe, inputs, task, seed, training: { x, y }, threads }: Omit<Job, 'validation'>,
  batchSize: number,
  { deadline, signal }: Pick<Limits, 'deadline' | 'signal'>,
): Promise<number> {
  const network = makeNetwork(recipe, inputs, task, seed, 1000)
  const stepsOfEpoch = Math.ceil(x.rows / batchSize)
  const begin = performance.now()
  const until = begin + 1000 * Math.min((measuredShare * (deadline - begin)) / 1000, mostMeasured)
  const reports = [{ time: begin, steps: 0 }]
  try {
    await network.fit(x, y, {
      ...{ epochs: 1_000_000, batchSize, signal, ...(threads !== undefined && { threads }) },
      callbacks: {
        onProgress({ epoch, step }) {
          reports.push({ time: performance.now(), steps: epoch * stepsOfEpoch + step })
          if (performance.now() >= until) network.stopTraining = true
        },
      },
    })
    const [first, last] = [reports[reports.length > 2 ? 1 : 0]!, reports.at(-1)!]
    return (1000 * (last.steps - first.steps) * batchSize) / (last.time - first.time)
  } catch (error) {
    if (error instanceof TrainingError) return unknownSpeed
    throw error
  } finally {
    network.dispose()
  }
}
