import { describe } from '../../base/check.js'
import type { Core } from '../../network/core.js'

/** What must be the same on all ranks, as JSON: names as they are in messages. */
export type RunDescription = Readonly<Record<string, unknown>>

/** A run as other ranks compare it. Seeds may differ: rank 0's weights count, and each rank has its own noise. */
export function describeRun(core: Core, options: object): RunDescription {
  const { spec, compiled, learningRate, precision } = core
  return plain({
    network: withoutSeeds(spec),
    'compile options': { ...compiled, precision: undefined },
    'learning rate': learningRate,
    precision,
    'fit options': options,
  })
}

/** Without what is undefined; a Map as an object of its entries; a function is known by its being one. */
export function plain(value: Readonly<Record<string, unknown>>): RunDescription {
  return JSON.parse(JSON.stringify(value, (_, entry: unknown) => plainEntry(entry)))
}

/** A network, as plain, without its seed and those of its initializers. */
export function withoutSeeds(spec: object): RunDescription {
  return JSON.parse(JSON.stringify(spec, (key, entry: unknown) => (key === 'seed' ? undefined : plainEntry(entry))))
}

function plainEntry(entry: unknown): unknown {
  if (typeof entry === 'function') return 'a function'
  if (typeof entry === 'number' && !Number.isFinite(entry)) return `${entry}`
  if (entry instanceof Map) return Object.fromEntries(entry)
  return ArrayBuffer.isView(entry) ? Array.from(entry as unknown as ArrayLike<number>) : entry
}

/** Where two descriptions differ, and the values there. */
export interface Difference {
  readonly where: string
  readonly first: string
  readonly own: string
}

/** The first difference of two descriptions; undefined if there is none. */
export function differenceOf(first: RunDescription, own: RunDescription): Difference | undefined {
  for (const heading of new Set([...Object.keys(first), ...Object.keys(own)])) {
    const found = differs(first[heading], own[heading], '')
    if (!found) continue
    const { where, ...values } = found
    return { where: where === '' ? heading : `${where} of ${heading}`, ...values }
  }
  return undefined
}

/** @param where the path to the values, as JavaScript has it. */
function differs(first: unknown, own: unknown, where: string): Difference | undefined {
  if (Object.is(first, own)) return undefined
  if (!isObject(first) || !isObject(own) || Array.isArray(first) !== Array.isArray(own)) {
    return { where, first: show(first), own: show(own) }
  }
  for (const key of new Set([...Object.keys(first), ...Object.keys(own)])) {
    const place = Array.isArray(first) ? `${where}[${key}]` : where === '' ? key : `${where}.${key}`
    const found = differs(first[key], own[key], place)
    if (found) return found
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object'

function show(value: unknown): string {
  if (value === undefined) return 'none'
  if (isObject(value) && typeof value.name === 'string') return describe(value.name)
  return describe(value)
}
