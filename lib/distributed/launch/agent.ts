import { hostname } from 'node:os'
import { lost, type Store } from '../store/store.js'
import { type End, fromBytes, keys, type Result, type Round, toBytes, waitFor } from './rounds.js'
import type { Watchdog } from './watchdog.js'
import { type PrintLine, Workers } from './workers.js'

/** What a machine starts. */
export interface AgentOptions {
  /** A program of Node with its arguments. */
  readonly command: readonly string[]
  readonly processes: number
  readonly maxRestarts: number
  /** The name of the run. */
  readonly id: string
  /** Of the store, as other machines reach it. */
  readonly host: string
  readonly port: number
  readonly secret: string
}

/** Milliseconds between two signs of life; how many may be without an answer: those of 10 s. */
const [beatMs, mostUnanswered] = [500, 20]

/** Starts the ranks of this machine, round after round, as the host of the store decides. */
export class Agent {
  readonly #store: Store
  readonly #options: AgentOptions
  readonly #watchdog: Watchdog
  readonly #print: PrintLine

  constructor(store: Store, options: AgentOptions, watchdog: Watchdog, print: PrintLine) {
    this.#store = store
    this.#options = options
    this.#watchdog = watchdog
    this.#print = print
  }

  /**
   * Takes part to the end.
   * @throws MlpError ERR_GROUP_LOST when the store is gone or does not answer; the signal's reason. No rank is left then.
   */
  async run(signal: AbortSignal): Promise<End> {
    const silence = new AbortController()
    const either = AbortSignal.any([signal, silence.signal])
    const { processes } = this.#options
    const id = (await this.#store.add(keys.count, 1)) - 1
    await this.#store.set(keys.machine(id), toBytes({ host: hostname(), processes }))
    let unanswered = 0
    const beat = () => {
      // Beats are counted, not time: this process may have been stopped itself.
      if (unanswered++ >= mostUnanswered) silence.abort(this.#noAnswer())
      this.#store.add(keys.beat(id), 1).then(
        () => {
          unanswered = 0
        },
        () => {},
      )
    }
    beat()
    const timer = setInterval(beat, beatMs)
    try {
      for (let number = 0; ; number++) {
        const message = fromBytes<Round | End>(await waitFor(this.#store, keys.round(number), either))
        if ('end' in message) return message
        await this.#play(message, number, id, either)
      }
    } finally {
      clearInterval(timer)
    }
  }

  #noAnswer(): Error {
    const { host, port } = this.#options
    return lost(`The launcher at ${host}:${port} has not answered for ${(mostUnanswered * beatMs) / 1000} s.`)
  }

  /** One round: until all ranks of this machine are done, one fails, or all machines stop. */
  async #play(round: Round, number: number, id: number, signal: AbortSignal): Promise<void> {
    const part = round.machines.find((machine) => machine.id === id)
    if (!part) return
    const { command } = this.#options
    const starts = Array.from({ length: part.processes }, (_, local) => ({
      rank: part.firstRank + local,
      env: this.#environment(round, number, part, local),
    }))
    const workers = new Workers(command, starts, this.#watchdog, this.#print)
    const over = new AbortController()
    try {
      const stopped = waitFor(this.#store, keys.stop(number), AbortSignal.any([signal, over.signal]))
      const outcome = await Promise.race([workers.ended, stopped])
      if (outcome instanceof Uint8Array) return
      const result: Result = { failed: outcome }
      // Its failure shows in the wait for the next round.
      this.#store.set(keys.result(number, id), toBytes(result)).catch(() => {})
    } finally {
      over.abort()
      await workers.kill()
    }
  }

  /** The variables of torchrun, and those of our store. */
  #environment(
    { size, restarts, machines }: Round,
    number: number,
    part: Round['machines'][number],
    local: number,
  ): NodeJS.ProcessEnv {
    const { host, port, secret, id, maxRestarts } = this.#options
    return {
      ...process.env,
      RANK: `${part.firstRank + local}`,
      LOCAL_RANK: `${local}`,
      WORLD_SIZE: `${size}`,
      LOCAL_WORLD_SIZE: `${part.processes}`,
      GROUP_RANK: `${machines.indexOf(part)}`,
      GROUP_WORLD_SIZE: `${machines.length}`,
      MASTER_ADDR: host,
      MASTER_PORT: `${port}`,
      TORCHELASTIC_RUN_ID: id,
      TORCHELASTIC_RESTART_COUNT: `${restarts}`,
      TORCHELASTIC_MAX_RESTARTS: `${maxRestarts}`,
      PERCEPTRA_STORE: `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`,
      PERCEPTRA_SECRET: secret,
      PERCEPTRA_ROUND: `${number}`,
    }
  }
}
