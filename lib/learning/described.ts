/** The key of what describes a learner as data: its kind and its own parameters. */
export const described: unique symbol = Symbol('perceptra.described')

/** A learner, unfitted, as data. */
export interface Description {
  /** The name of its class. */
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Anything that can be described. */
export interface Describable {
  readonly [described]: Description
}

/**
 * Whether an object is of the very class that declares its parameters, whatever the names of classes have become in a bundle. A
 * subclass may do anything else.
 */
export function isOfOwnClass(value: object): boolean {
  const { constructor: own } = Object.getPrototypeOf(value) as { constructor: object }
  return Object.hasOwn(own, 'parameters') && !('parameters' in Object.getPrototypeOf(own))
}

export function isDescribable(value: object): value is Describable {
  return described in value
}
