import type { Callback, TrainingRun } from './types.js'

/**
 * Lets fit resolve with `stopReason: 'terminateOnNaN'` when the loss or a gradient becomes NaN or infinite. The guard itself
 * is always on: without this callback fit rejects with a TrainingError. Either way the step is not taken, and the model
 * keeps its last finite weights. Keras's TerminateOnNaN, which leaves NaN in the weights.
 * @example
 * const { train } = datasets.digits()
 * const history = await model.fit(train.x, train.y, { callbacks: [callbacks.terminateOnNaN()] })
 * if (history.stopReason === 'terminateOnNaN') model.learningRate /= 10
 */
export function terminateOnNaN(): Callback {
  return { onTrainBegin: (run: TrainingRun) => run.resolveOnNaN() }
}
