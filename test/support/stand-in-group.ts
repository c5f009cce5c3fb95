import { MlpError } from '../../lib/base/errors.js'
import type { NativeGroup } from '../../lib/native/group.js'

interface Call {
  /** What each rank does. */
  readonly kinds: string[]
  readonly values: unknown[]
  readonly tell: ((all: unknown[]) => void)[]
  readonly fail: ((error: Error) => void)[]
}

/** The ranks of a group in one process, where no network is between them. Ranks out of step fail, where those of Gloo wait. */
export class StandIn {
  readonly #size: number
  readonly #calls: Call[] = []
  readonly #counts: number[]
  #closed = false

  constructor(size: number) {
    this.#size = size
    this.#counts = new Array(size).fill(0)
  }

  rank(rank: number): NativeGroup {
    const gather = <T>(kind: string, value: T): Promise<T[]> => {
      if (this.#closed) return Promise.reject(gone())
      const number = this.#counts[rank]!++
      this.#calls[number] ??= { kinds: [], values: [], tell: [], fail: [] }
      const call = this.#calls[number]!
      call.kinds[rank] = kind
      call.values[rank] = value
      return new Promise((resolve, reject) => {
        call.tell.push(resolve as never)
        call.fail.push(reject)
        if (call.tell.length < this.#size) return
        if (new Set(call.kinds).size === 1) for (const tell of call.tell) tell(call.values)
        else for (const fail of call.fail) fail(new Error(`Ranks are out of step: ${call.kinds.join(', ')}.`))
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
        await gather('connect', 0)
      },
      allReduce: async (values) => {
        const all = await gather(`allReduce of ${values.length}`, values.slice())
        for (let k = 0; k < values.length; k++) values[k] = all.reduce((sum, of) => sum + of[k]!, 0)
      },
      broadcast: async (bytes, root) => {
        const all = await gather(`broadcast of ${bytes.length} bytes from ${root}`, bytes.slice())
        bytes.set(all[root]!)
      },
      // Nothing computes here.
      reserve: () => true,
      release: () => {},
      close: () => {
        this.#closed = true
        for (const { fail } of this.#calls) for (const reject of fail) reject(gone())
      },
    }
  }
}

const gone = () => new MlpError('A rank is gone.', 'ERR_GROUP_LOST')
