import type { AttributeProto, NodeProto } from '../proto/messages.js'
import { perNode } from './per-node.js'

/** The attributes of a node, with defaults. Lists are decoded once. */
class Attributes {
  readonly #all: ReadonlyMap<string, AttributeProto>
  readonly #ints = new Map<AttributeProto, readonly number[]>()
  readonly #texts = new Map<AttributeProto, readonly string[]>()

  constructor(node: NodeProto) {
    this.#all = new Map(node.attribute.map((attribute) => [attribute.name, attribute]))
  }

  float(name: string, fallback: number): number {
    return this.#all.get(name)?.f ?? fallback
  }

  int(name: string, fallback: number): number {
    return this.#all.has(name) ? Number(this.#all.get(name)!.i) : fallback
  }

  text(name: string, fallback: string): string {
    const attribute = this.#all.get(name)
    return attribute ? new TextDecoder().decode(attribute.s) : fallback
  }

  ints(name: string): readonly number[] | undefined {
    return this.#decoded(name, this.#ints, ({ ints }) => ints.map(Number))
  }

  floats(name: string): readonly number[] | undefined {
    return this.#all.get(name)?.floats
  }

  texts(name: string): readonly string[] | undefined {
    const decoder = new TextDecoder()
    return this.#decoded(name, this.#texts, ({ strings }) => strings.map((bytes) => decoder.decode(bytes)))
  }

  /** The first list of numbers or strings among several names that is not empty. */
  listOf(...names: readonly string[]): readonly (number | string)[] | undefined {
    for (const name of names) {
      const list = [this.texts(name), this.ints(name), this.floats(name)].find((values) => values && values.length > 0)
      if (list) return list
    }
    return undefined
  }

  has(name: string): boolean {
    return this.#all.has(name)
  }

  #decoded<T>(
    name: string,
    lists: Map<AttributeProto, readonly T[]>,
    decode: (attribute: AttributeProto) => readonly T[],
  ): readonly T[] | undefined {
    const attribute = this.#all.get(name)
    if (!attribute) return undefined
    const list = lists.get(attribute) ?? decode(attribute)
    lists.set(attribute, list)
    return list
  }
}

export type { Attributes }

/** The attributes of a node. */
export const attributesOf = perNode((node) => new Attributes(node))
