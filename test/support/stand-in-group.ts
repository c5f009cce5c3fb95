import { MlpError } from '../../lib/base/errors.js'
import type { NativeGroup } from '../../lib/native/group.js'

/** The ranks of a group in one process, where no network is between them. */
export class StandIn {
  readonly #size: number
  readonly #calls: { values: unknown[]; tell: ((all: unknown[]) => void)[]; fail: ((error: Error) => void)[] }[] = []
  readonly #counts: number[]
  #closed = false

  constructor(size: number) {
    this.#size = size
    this.#counts = new Array(size).fill(0)
  }

  rank(rank: number): NativeGroup {
    const gather = <T>(value: T): Promise<T[]> => {
      if (this.#closed) return Promise.reject(gone())
      const number = this.#counts[rank]!++
      this.#calls[number] ??= { values: [], tell: [], fail: [] }
      const call = this.#calls[number]!
      call.values[rank] = value
      return new Promise((resolve, reject) => {
        call.tell.push(resolve as never)
        call.fail.push(reject)
        if (call.tell.length === this.#size) for (const tell of call.tell) tell(call.values)
      })
    }
    return {
      addresses: () =>
        Array.from({ length: this.#size }, (_, to) => (to === rank ? new Uint8Array(0) : Uint8Array.of(rank, to))),
      connect: async (addresses) => {
        for (const [from, address] of addresses.entries()) {
          if (from !== rank && `${[...address]}` !== `${[from, rank]}`)
            throw new Error(`Rank ${rank} got ${address} of ${from}.`)
        }
        await gather(0)
      },
      allReduce: async (values) => {
        const all = await gather(values.slice())
        for (let k = 0; k < values.length; k++) values[k] = all.reduce((sum, of) => sum + of[k]!, 0)
      },
      broadcast: async (bytes, root) => {
        const all = await gather(bytes.slice())
        bytes.set(all[root]!)
      },
      close: () => {
        this.#closed = true
        for (const { fail } of this.#calls) for (const reject of fail) reject(gone())
      },
    }
  }
}

const gone = () => new MlpError('A rank is gone.', 'ERR_GROUP_LOST')
