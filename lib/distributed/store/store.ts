import { MlpError } from '../../base/errors.js'

/** Keys and values that all ranks of a group see: how they find each other. */
export interface Store {
  /** Replaces the value of a key. */
  set(key: string, value: Uint8Array): Promise<void>
  /**
   * The value of a key, as soon as it has one.
   * @param timeout in seconds.
   * @throws MlpError ERR_GROUP_LOST when it has none within the timeout.
   */
  get(key: string, timeout: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Adds to a counter, which begins at 0; resolves to the sum. No two calls get the same sum of positive amounts. */
  add(key: string, amount: number): Promise<number>
  /** Deletes all keys and counters that begin with `prefix`. */
  deleteAll(prefix: string): Promise<void>
  /** The address of this machine by which the store is reached, where the store knows it. */
  readonly localAddress?: string | undefined
  /** Says who did not prove the secret, where this process hosts the store and somebody did not. */
  refused?(): string | undefined
  /** Ends the connection, if there is one. */
  close(): Promise<void>
}

/** Bounds of keys and values: what is exchanged are addresses and descriptions. */
export const maxKeyBytes = 1024
export const maxValueBytes = 16 << 20

/** The group, or the way to it, is gone. */
export function lost(message: string, cause?: unknown): MlpError {
  return new MlpError(message, 'ERR_GROUP_LOST', cause === undefined ? {} : { cause })
}

/** @throws MlpError ERR_GROUP_LOST for a value that is not JSON of an object. */
export function readJson(key: string, value: Uint8Array): object {
  try {
    const read: unknown = JSON.parse(Buffer.from(value).toString())
    if (typeof read === 'object' && read !== null) return read
  } catch {}
  throw lost(`The store holds something for ${key} that no rank of perceptra has written. Give the run another id.`)
}

/** The error of a key that has no value in time. */
export function missing(key: string, timeout: number, where: string): MlpError {
  return lost(`Nothing was written for ${key} within ${timeout} s in ${where}.`)
}
