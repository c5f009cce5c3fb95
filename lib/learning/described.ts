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

export function isDescribable(value: object): value is Describable {
  return described in value
}
