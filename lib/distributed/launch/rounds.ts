import type { Store } from '../store/store.js'

/** A machine that takes part. */
export interface Machine {
  readonly host: string
  readonly processes: number
}

/** What the host of the store says at the start of a round: which machines start which ranks. */
export interface Round {
  readonly restarts: number
  readonly size: number
  readonly machines: readonly { readonly id: number; readonly firstRank: number; readonly processes: number }[]
}

/** What it says in place of a round that does not come. */
export interface End {
  readonly end: 'done' | 'failed' | 'interrupted'
  readonly message: string
}

/** What a machine says at the end of its ranks. */
export interface Result {
  /** What the first rank that failed did. */
  readonly failed?: string | undefined
}

export const keys = {
  count: 'launch/machines',
  machine: (id: number) => `launch/machine/${id}`,
  beat: (id: number) => `launch/beat/${id}`,
  round: (number: number) => `launch/round/${number}`,
  stop: (number: number) => `launch/stop/${number}`,
  result: (number: number, id: number) => `launch/result/${number}/${id}`,
}

export const toBytes = (value: object) => Buffer.from(JSON.stringify(value))
export const fromBytes = <T>(bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as T

/** Waits as long as the store lives. */
export const waitFor = (store: Store, key: string, signal?: AbortSignal) => store.get(key, Infinity, signal)
