/**
 * The key of the model inside another one: what a wrapper such as TransformedTargetRegressor passes rows to, the estimator of
 * a pipeline. Undefined if there is none.
 */
export const wrapped: unique symbol = Symbol.for('perceptra.wrapped')

/** The estimator inside all wrappers and pipelines; a model that holds no other is itself. */
export function innermost(model: object): object {
  let inner = model
  while (wrapped in inner && inner[wrapped]) inner = inner[wrapped]
  return inner
}

/** Whether the estimator inside a fitted model, if it counts epochs, has done one. */
export function hasEpochs(model: object): boolean {
  const { nIter } = innermost(model) as { nIter?: unknown }
  return nIter !== 0
}
