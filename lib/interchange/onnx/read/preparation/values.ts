import type { Value } from './value.js'

/** Values of a graph by name, with their cells counted. */
export class Values {
  readonly #values = new Map<string, Value>()
  #cells = 0

  constructor(values: Iterable<readonly [string, Value]>) {
    for (const [name, value] of values) this.set(name, value)
  }

  /** Cells of all values together. */
  get cells(): number {
    return this.#cells
  }

  get(name: string): Value | undefined {
    return this.#values.get(name)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  set(name: string, value: Value): void {
    this.delete(name)
    this.#values.set(name, value)
    this.#cells += value.data.length
  }

  delete(name: string): void {
    this.#cells -= this.#values.get(name)?.data.length ?? 0
    this.#values.delete(name)
  }
}
