import { invalid } from '../base/check.js'
import type { Logs } from '../base/history.js'
import { readLog } from './monitor.js'

const braces = /\{([^{}]*)\}/g
const placeholder = /^([A-Za-z]\w*)(?::(\d{1,2}))?$/

/** Digits after the decimal point by default. */
const defaultDigits = '4'

/**
 * The keys in the placeholders of a path such as `net-{epoch:3}-{valLoss:2}`.
 * @throws ArgumentError for braces without a key.
 */
export function placeholders(path: string): string[] {
  return [...path.matchAll(braces)].map(([, inside]) => {
    const match = inside!.match(placeholder)
    if (match && Number(match[2] ?? 0) <= 20) return match[1]!
    throw invalid('path', 'keys of the logs in braces, such as {epoch} or {valLoss:2}', path)
  })
}

/** @throws as placeholders does. */
export function hasPlaceholder(path: string): boolean {
  return placeholders(path).length > 0
}

/**
 * Replaces the placeholders of a path.
 * @throws ArgumentError for a key that the logs do not have.
 */
export function fillPath(path: string, epochsDone: number, logs: Logs): string {
  return path.replace(braces, (_, inside: string) => {
    const [, key, digits] = inside.match(placeholder)!
    if (key === 'epoch') return `${epochsDone}`.padStart(Number(digits ?? 0), '0')
    return readLog(logs, key!, 'path').toFixed(Number(digits ?? defaultDigits))
  })
}
