// A rank of a group: joins by its variables, trains as its argument says, and prints what it has.
import { createHash } from 'node:crypto'
import { MlpError } from '../../../lib/base/errors.js'
import type { Logs } from '../../../lib/base/history.js'
import { type Group, join } from '../../../lib/distributed/index.js'
import { callbacks, datasets, type Progress, Sequential } from '../../../lib/index.js'
import { Core } from '../../../lib/network/core.js'
import type { FitOptions } from '../../../lib/training/fit-options.js'
import { modelOf, type RankPlan, type RankResult, rowsOf } from './rank-model.js'
import { relayedStore } from './relayed-store.js'

const plan: RankPlan = JSON.parse(process.argv[2] ?? '{}')

async function train(group: Group, own: RankPlan): Promise<RankResult> {
  const { rows = 64, epochs = 3, batchSize = 16, shuffle = false, checkpoint, at, rates, noMemory } = own
  const { x, y } = datasets.shard(rowsOf(rows), group)
  if (own.wrongRow === 'number') x[0]![1] = Number.NaN
  if (own.wrongRow === 'width') for (const row of x) row.push(1)
  const held = datasets.shard(rowsOf(30), group)
  const hasFile = group.rank === 0 && checkpoint !== undefined && (await import('node:fs')).existsSync(checkpoint)
  const model = hasFile ? await Sequential.load(checkpoint) : modelOf(own, 1 + group.rank)
  const [initialEpoch] = await group.allReduce([group.rank === 0 ? model.epochs : 0])
  if (initialEpoch! > 0) process.stderr.write(`going on from epoch ${initialEpoch}\n`)
  const aborting = new AbortController()
  if (own.isAborted) aborting.abort(new Error('Enough.'))
  if (rates) {
    model.learningRate = (step: number) => {
      if (step >= rates.from && rates.does === 'throw') throw new RangeError('No room for more.')
      return step >= rates.from ? 0.002 : 0.001
    }
  }
  if (noMemory !== undefined) failToBegin(noMemory)
  if (own.noMemoryInSlice !== undefined) failInSlice(own.noMemoryInSlice)
  const act = async (hook: string, epoch: number, progress?: Progress) => {
    if (own.pauseMs && hook === 'onEpochEnd') await new Promise((resolve) => setTimeout(resolve, own.pauseMs))
    if (hook === 'onEpochEnd') process.stderr.write(`epoch ${epoch}\n${own.hashes ? `hash ${hashOf(model)}\n` : ''}`)
    if (own.sums && hook === 'onEpochEnd' && at?.epoch !== epoch) await group.allReduce([epoch])
    if (at?.epoch !== epoch || (at.hook ?? 'onEpochEnd') !== hook) return
    if (at.atLastStep && progress!.step < progress!.steps) return
    if (at.does === 'throw') throw new RangeError('No room for more.')
    if (at.does === 'abort') aborting.abort(new Error('Enough.'))
    if (at.does === 'stopTraining') model.stopTraining = true
    if (at.does === 'rate') model.learningRate = 0.5
    if (at.does === 'sum') await group.allReduce([1])
    if (at.does === 'abortSoon') setTimeout(() => aborting.abort(new Error('Enough.')), 100)
    if (at.does === 'pause') await new Promise((resolve) => setTimeout(resolve, 500))
    if (at.does === 'exit') process.exit(7)
  }
  let last = 0
  const options: FitOptions = {
    group,
    epochs,
    initialEpoch,
    ...(own.optimizer !== 'lbfgs' && { batchSize, shuffle }),
    threads: own.threads ?? 1,
    timeLimit: own.timeLimit,
    signal: aborting.signal,
    ...(own.validation && { validationData: [held.x, held.y] }),
    callbacks: [
      ...(checkpoint ? [callbacks.modelCheckpoint({ path: checkpoint })] : []),
      ...(own.earlyStopping ? [callbacks.earlyStopping({ monitor: 'loss', minDelta: 1 })] : []),
      ...(own.terminateOnNaN ? [callbacks.terminateOnNaN()] : []),
      {
        onEpochBegin(epoch: number) {
          last = epoch
          return act('onEpochBegin', epoch)
        },
        onTrainBegin: () => act('onTrainBegin', 0),
        onProgress: (progress: Progress) => act('onProgress', last, progress),
        onEpochEnd: (epoch: number, _: Logs) => act('onEpochEnd', epoch),
      },
    ],
  }
  const began = performance.now()
  const result = (more: Partial<RankResult>): RankResult => {
    const weights = weightsOf(model)
    const hash = hashOf(model)
    return {
      rank: group.rank,
      hash,
      ...(own.weights && { weights }),
      epochs: model.epochs,
      ms: performance.now() - began,
      ...more,
    }
  }
  function* batches() {
    const length = 5 + group.rank
    for (let begin = 0; begin < x.length; begin += length)
      yield [x.slice(begin, begin + length), y.slice(begin, begin + length)] as const
  }
  try {
    if (at?.does === 'close') {
      const events = model.train(x, y, options)
      for await (const event of events) if (event.type === 'epochEnd' && event.epoch === at.epoch) break
      return result({ stopReason: 'closed' })
    }
    const { shuffle: _, ...ofStream } = options
    const history = own.stream
      ? await model.fit(batches, { ...ofStream, shuffle: false, shuffleBuffer: 20 })
      : await model.fit(x, y, options)
    return result({ logs: history.logs, stopReason: history.stopReason })
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException
    return result({ error: { name, code, message } })
  }
}

/** As where memory runs out. */
function failToBegin(epoch: number): void {
  const { beginEpoch } = Core.prototype
  let count = 0
  Core.prototype.beginEpoch = function (...args) {
    if (count++ === epoch) throw new RangeError('No room for more.')
    return beginEpoch.apply(this, args)
  }
}

/** As where memory runs out in a step. */
function failInSlice(number: number): void {
  const { slice } = Core.prototype
  let count = 0
  Core.prototype.slice = function (work) {
    if (count++ === number) return Promise.reject(new MlpError('No room for more.', 'ERR_MEMORY'))
    return slice.call(this, work) as never
  }
}

const weightsOf = (model: Sequential) => model.getWeights().flatMap(({ data }) => [...data])
const hashOf = (model: Sequential) =>
  createHash('sha256')
    .update(Float32Array.from(weightsOf(model)))
    .digest('hex')

process.stderr.write(`pid ${process.pid}\n`)
const own = { ...plan, ...plan.only?.[Number(process.env.RANK)] }
const group = await join({
  timeout: own.timeout ?? 60,
  ...(own.relay && { host: '127.0.0.1', store: relayedStore(own.relay.folder, own.relay.port) }),
})
const result = await train(group, own)
if (plan.exits && result.error) process.exit(1)
const after = await group.barrier().then(
  () => 'together',
  ({ code }) => code,
)
process.stdout.write(`${JSON.stringify({ ...result, after })}\n`)
await group.close()
