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
}
