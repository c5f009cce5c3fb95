import type { Memory } from '../store/memory.js'
import { type End, fromBytes, keys, type Machine, type Result, type Round, toBytes } from './rounds.js'

/** How many machines, and how often ranks may be started again. */
export interface Rules {
  readonly minNodes: number
  readonly maxNodes: number
  readonly maxRestarts: number
}

/** Milliseconds: between two looks; after which a machine without a beat is gone; that more than the fewest machines may take. */
const [lookMs, goneMs, lastCallMs] = [50, 10_000, 5_000]

/** Seconds that the fewest machines may take. */
const joinSeconds = 600

/** Decides on rounds, in the process that hosts the store: which machines take part, and what follows when one fails. */
export class Coordinator {
  readonly #memory: Memory
  readonly #rules: Rules
  readonly #note: (text: string) => void
  readonly #signal: AbortSignal
  /** Of each machine: its last beat, and when that came. */
  readonly #beats = new Map<number, { beat: number; at: number }>()

  constructor(memory: Memory, rules: Rules, note: (text: string) => void, signal: AbortSignal) {
    this.#memory = memory
    this.#rules = rules
    this.#note = note
    this.#signal = signal
  }

  /** Runs rounds to the end, and tells all machines. */
  async run(): Promise<void> {
    let restarts = 0
    for (let number = 0; ; number++) {
      const machines = await this.#gather()
      if (machines === undefined) return this.#end(number, this.#absence())
      this.#publish(number, restarts, machines)
      const outcome = await this.#watch(number, machines)
      if (outcome === 'done') return this.#end(number + 1, { end: 'done', message: '' })
      this.#memory.set(keys.stop(number), toBytes({}))
      if (outcome === 'interrupted') return this.#end(number + 1, { end: 'interrupted', message: 'Interrupted.' })
      if (outcome === 'grown') this.#note('another machine joins: all ranks start again')
      else if (restarts >= this.#rules.maxRestarts)
        return this.#end(number + 1, { end: 'failed', message: outcome.failed })
      else this.#note(`${outcome.failed}; restart ${++restarts} of ${this.#rules.maxRestarts}`)
    }
  }

  /** Machines for a round: all that may be, or the fewest that must and who comes soon after. */
  async #gather(): Promise<number[] | undefined> {
    const { minNodes, maxNodes } = this.#rules
    const deadline = performance.now() + joinSeconds * 1000
    const began = performance.now()
    let enoughSince: number | undefined
    while (!this.#signal.aborted && performance.now() < deadline) {
      // Those alone that live now: one may have died with the round before.
      const fresh = this.#fresh(began).slice(0, maxNodes)
      if (fresh.length === maxNodes) return fresh
      if (fresh.length < minNodes) enoughSince = undefined
      else enoughSince ??= performance.now()
      if (enoughSince !== undefined && performance.now() >= enoughSince + lastCallMs) return fresh
      await pause()
    }
    return undefined
  }

  #absence(): End {
    if (this.#signal.aborted) return { end: 'interrupted', message: 'Interrupted.' }
    const { minNodes } = this.#rules
    return { end: 'failed', message: `fewer than ${minNodes} machines came within ${joinSeconds} s` }
  }

  #publish(number: number, restarts: number, ids: readonly number[]): void {
    let size = 0
    const machines = ids.map((id) => {
      const { processes } = this.#machine(id)
      const firstRank = size
      size += processes
      return { id, firstRank, processes }
    })
    const round: Round = { restarts, size, machines }
    this.#memory.set(keys.round(number), toBytes(round))
  }

  async #watch(number: number, ids: readonly number[]): Promise<'done' | 'grown' | 'interrupted' | { failed: string }> {
    const began = performance.now()
    for (;;) {
      if (this.#signal.aborted) return 'interrupted'
      const results = ids.map((id) => this.#memory.get(keys.result(number, id)))
      const ended = results.flatMap((bytes) => (bytes ? [fromBytes<Result>(bytes)] : []))
      const failed = ended.find((result) => result.failed !== undefined)?.failed
      if (failed !== undefined) return { failed }
      if (ended.length === ids.length) return 'done'
      const fresh = this.#fresh()
      const gone = ids.find((id, k) => !results[k] && !fresh.includes(id))
      if (gone !== undefined) return { failed: `the machine ${this.#machine(gone).host} does not answer` }
      const newcomer = this.#fresh(began).some((id) => !ids.includes(id))
      if (ids.length < this.#rules.maxNodes && ended.length === 0 && newcomer) return 'grown'
      await pause()
    }
  }

  /** The machines whose last beat came after `since`, in the order in which they came. */
  #fresh(since = performance.now() - goneMs): number[] {
    const count = this.#memory.add(keys.count, 0)
    const now = performance.now()
    const ids = Array.from({ length: count }, (_, id) => id).filter((id) => this.#memory.get(keys.machine(id)))
    return ids.filter((id) => {
      const beat = this.#memory.add(keys.beat(id), 0)
      const before = this.#beats.get(id)
      if (before?.beat !== beat) this.#beats.set(id, { beat, at: now })
      return beat > 0 && this.#beats.get(id)!.at >= since
    })
  }

  #machine(id: number): Machine {
    return fromBytes<Machine>(this.#memory.get(keys.machine(id))!)
  }

  #end(number: number, end: End): void {
    this.#memory.set(keys.round(number), toBytes(end))
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, lookMs))
