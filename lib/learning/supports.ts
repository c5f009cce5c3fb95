/**
 * The key of a method of models that says whether one of their methods works: some pass calls on to what they hold, and some
 * have probabilities for a few of their losses only. Models without it have all their methods.
 */
export const supports: unique symbol = Symbol.for('perceptra.supports')

/** Whether a model has a method, and what the method calls has it too. */
export function hasMethod(model: object, name: string): boolean {
  if (typeof (model as Record<string, unknown>)[name] !== 'function') return false
  const { [supports]: ask } = model as { [supports]?: (name: string) => boolean }
  return ask === undefined || ask.call(model, name)
}
