import type { FittedTo } from './labels.js'

/** The key of a property of classifiers, for TypeScript alone: the type of their labels. */
export const labelType: unique symbol = Symbol.for('perceptra.labelType')

/**
 * The key of a property, for TypeScript alone, of classifiers and of models that hold one: how their type follows from the labels
 * of fit. Its type has the property `model`, written with `this['labels']`. It does not depend on the type of the labels, so that
 * a classifier of some labels is a classifier.
 */
export const relabelled: unique symbol = Symbol.for('perceptra.relabelled')

/** The type of a model after fit: that of its labels is that of the entries of `Y`, unless it was declared. */
export type FittedModel<E, Y> = E extends { readonly [relabelled]?: infer R }
  ? R & { labels: Y } extends { model: infer M }
    ? E extends { readonly [labelType]?: infer C }
      ? FittedTo<C, E, M>
      : M
    : E
  : E
