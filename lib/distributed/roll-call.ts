import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Limit } from './limit.js'
import { lost, readJson, type Store } from './store/store.js'

/** What a rank says of itself when it joins. */
export interface Description {
  readonly rank: number
  readonly size: number
  /** The machine and the process, for messages. */
  readonly host: string
  readonly pid: number
  /** What must be the same on all ranks, by its name in messages. */
  readonly same: Readonly<Record<string, string>>
}

/**
 * Exchanges descriptions by the store: each rank takes a number in the order of arrival and reads all that arrived.
 * @param prefix of the keys, for this join alone.
 * @returns descriptions in the order of ranks: one of each number, and all agree.
 * @throws ArgumentError that says which ranks differ in what, on all of them; MlpError ERR_GROUP_LOST when some do not come.
 */
export async function callRoll(store: Store, prefix: string, own: Description, limit: Limit): Promise<Description[]> {
  const arrival = (await store.add(`${prefix}/arrivals`, 1)) - 1
  await store.set(`${prefix}/hello/${arrival}`, Buffer.from(JSON.stringify(own)))
  const all: Description[] = []
  for (let k = 0; k < own.size; k++) {
    const bytes = await store.get(`${prefix}/hello/${k}`, limit.leftMs / 1000, limit.signal).catch((error) => {
      throw limit.isOver ? absent(all, own, limit.timeout, store.refused?.(), error) : error
    })
    const other = readDescription(`${prefix}/hello/${k}`, bytes)
    compare(own, other)
    all.push(other)
  }
  checkRanks(all, own, arrival)
  return all.sort((a, b) => a.rank - b.rank)
}

function readDescription(key: string, bytes: Uint8Array): Description {
  const { rank, size, host, pid, same = {} } = readJson(key, bytes) as Description
  return { rank, size, host, pid, same }
}

const nameOf = ({ rank, host, pid }: Description) => `rank ${rank} (process ${pid} on ${host})`

/** @throws ArgumentError for what differs between two ranks. The lower one comes first, so that both say the same. */
function compare(own: Description, other: Description): void {
  const [a, b] = own.rank <= other.rank ? [own, other] : [other, own]
  if (a.size !== b.size) {
    throw new ArgumentError(
      `Expected the same number of ranks everywhere, but ${nameOf(a)} has size ${a.size} and ${nameOf(b)} ${b.size}. ` +
        'Start all with the same WORLD_SIZE, or option size.',
    )
  }
  for (const key of new Set([...Object.keys(a.same), ...Object.keys(b.same)])) {
    if (a.same[key] === b.same[key]) continue
    const [ofA, ofB] = [describe(a.same[key]), describe(b.same[key])]
    throw new ArgumentError(
      `Expected the same ${key} on all ranks, but ${nameOf(a)} has ${ofA} and ${nameOf(b)} ${ofB}.`,
    )
  }
}

/** @throws ArgumentError where two have one number, or this one came after the group was whole. */
function checkRanks(all: readonly Description[], own: Description, arrival: number): void {
  const advice = 'Give each process another RANK, or option rank; a run that begins anew needs another id.'
  const byRank = new Map<number, Description>()
  for (const one of all) {
    const first = byRank.get(one.rank)
    if (first)
      throw new ArgumentError(
        `Expected one process for each rank, but ${nameOf(first)} and ${nameOf(one)} have the same number. ${advice}`,
      )
    byRank.set(one.rank, one)
  }
  if (arrival < own.size) return
  const taken = byRank.get(own.rank)!
  throw new ArgumentError(
    `Expected one process for each rank, but ${nameOf(taken)} was there before this one, which has the same number. ${advice}`,
  )
}

function absent(
  all: readonly Description[],
  own: Description,
  timeout: number,
  refused: string | undefined,
  cause: unknown,
) {
  const there = new Set(all.map(({ rank }) => rank))
  const missing = Array.from({ length: own.size }, (_, rank) => rank).filter((rank) => !there.has(rank))
  const some = missing.length > 8 ? `${missing.slice(0, 8).join(', ')}, ...` : missing.join(', ')
  const why = refused ? ` ${refused}` : ''
  return lost(`${missing.length} of ${own.size} ranks did not join within ${timeout} s: ${some}.${why}`, cause)
}
