import type { AttributeProto, NodeProto } from '../proto/messages.js'

/** The attributes of a node, with defaults. */
export class Attributes {
  readonly #all: ReadonlyMap<string, AttributeProto>

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

  ints(name: string): number[] | undefined {
    return this.#all.get(name)?.ints.map(Number)
  }

  floats(name: string): number[] | undefined {
    return this.#all.get(name)?.floats
  }

  texts(name: string): string[] | undefined {
    return this.#all.get(name)?.strings.map((bytes) => new TextDecoder().decode(bytes))
  }

  /** The first list of numbers or strings among several names that is not empty. */
  listOf(...names: readonly string[]): (number | string)[] | undefined {
    for (const name of names) {
      const list = [this.texts(name), this.ints(name), this.floats(name)].find((values) => values && values.length > 0)
      if (list) return list
    }
    return undefined
  }

  has(name: string): boolean {
    return this.#all.has(name)
  }
}
