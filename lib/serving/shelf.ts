import { ArgumentError } from '../base/errors.js'
import { load } from '../load.js'
import { checkName, type ModelSource } from './options.js'
import { Servable, type ServableModel } from './servable.js'

/** The versions of one model. A request keeps the version that it began with. */
export class Shelf {
  readonly #versions = new Map<string, Servable>()
  /** The highest number that was a version. */
  #highest = 0

  /** @param watchesDrift whether rows are compared with those of training. */
  constructor(
    readonly name: string,
    readonly watchesDrift = false,
  ) {}

  get versions(): string[] {
    return [...this.#versions.keys()]
  }

  /** The version that answers by default. */
  get newest(): Servable {
    return [...this.#versions.values()].at(-1)!
  }

  /** @throws ArgumentError for a version that is not served. */
  get(version: string | undefined): Servable {
    if (version === undefined) return this.newest
    const found = this.#versions.get(version)
    if (found) return found
    throw new ArgumentError(
      `Model ${this.name} has no version ${JSON.stringify(version)}, but ${this.versions.join(', ')}.`,
    )
  }

  /** Adds a version, or replaces the one of this name. */
  async put(version: string, source: ModelSource): Promise<Servable> {
    const model = typeof source === 'string' ? ((await load(source)) as unknown as ServableModel) : source
    const servable = new Servable(model, version, `the model ${this.name}`, this.watchesDrift)
    this.#versions.set(version, servable)
    const number = Number(version)
    if (Number.isSafeInteger(number)) this.#highest = Math.max(this.#highest, number)
    return servable
  }

  /**
   * Replaces the newest version by the next number, or adds `version`, which becomes the newest.
   * @throws what `load` throws; then the old version stays.
   */
  async swap(source: ModelSource, version?: string): Promise<Servable> {
    if (version !== undefined) return this.#putLast(checkName(version, 'version'), source)
    const before = this.newest.version
    const next = await this.put(`${this.#highest + 1}`, source)
    this.#versions.delete(before)
    return next
  }

  /** The file of a version changed: a number counts on if it is the only version; else the version keeps its name. */
  async reload(version: string, path: string): Promise<Servable> {
    return this.#versions.size === 1 ? this.swap(path) : this.put(version, path)
  }

  async #putLast(version: string, source: ModelSource): Promise<Servable> {
    const servable = await this.put(version, source)
    this.#versions.delete(version)
    this.#versions.set(version, servable)
    return servable
  }
}
