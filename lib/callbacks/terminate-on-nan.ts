import type { Callback, TrainingRun } from './types.js'

/**
 * Makes fit resolve with `stopReason: 'terminateOnNaN'` when the loss or a gradient becomes NaN or infinite. Without
 * this callback fit rejects with a TrainingError. In both cases the step is not taken, and the model keeps its last
 * finite weights. As Keras's TerminateOnNaN, which leaves NaN in the weights.
 * @example
 * const { train } = datasets.digits()
 * const history = await model.fit(train.x, train.y, { callbacks: [callbacks.terminateOnNaN()] })
 * if (history.stopReason === 'terminateOnNaN') model.learningRate /= 10
 */
export function terminateOnNaN(): Callback {
  return { onTrainBegin: (run: TrainingRun) => run.resolveOnNaN() }
}
