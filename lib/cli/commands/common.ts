import { randomSeed } from '../../base/random-seed.js'
import { Command, InvalidArgumentError, Option } from '../commander.js'

/** A command with the options that all have, and an example below its help. */
export function commandOf(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('--json', 'print JSON, one object in each line'))
    .addOption(new Option('--debug', 'show where an error was thrown'))
    .addHelpText('after', `\nExample:\n${example.replaceAll(/^/gm, '  ')}`)
}

/** Options about how rows are written. */
export function withData(command: Command): Command {
  return command
    .option('--format <name>', 'csv, ndjson or parquet; by the name and the first bytes of the file by default')
    .option('--delimiter <character>', 'the character between fields; by the first line by default')
    .option('--encoding <name>', 'the encoding of CSV, such as latin1; utf-8 by default')
}

/** A number within bounds, for an option. */
export function numberIn(low: number, high: number, isWhole = false): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= low && value <= high && (!isWhole || Number.isSafeInteger(value))) return value
    const range =
      high === Infinity || high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`
    throw new InvalidArgumentError(`Expected ${isWhole ? 'a whole number' : 'a number'} ${range}.`)
  }
}

/** 'a,b' as ['a', 'b']. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** zip=category, given several times. */
export function pairOf(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.lastIndexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Expected COLUMN=KIND, such as zip=category.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

/** '2:4', or '2' as 2 to 2. */
export function rangeOf(text: string): { min: number; max: number } {
  const [, low, high = low] = /^([1-9]\d{0,5})(?::([1-9]\d{0,5}))?$/.exec(text) ?? []
  const [min, max] = [Number(low), Number(high)]
  if (min <= max) return { min, max }
  throw new InvalidArgumentError('Expected a number, or two as MIN:MAX.')
}

/** 'node0:29400', '[::1]:29400'. */
export function placeOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)?.filter((part) => part !== undefined) ?? []
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65535) return { host, port: Number(port) }
  throw new InvalidArgumentError('Expected HOST:PORT, such as node0:29400.')
}

/** The seed of an option, or one that is drawn. */
export function seedOf(seed: number | undefined): number {
  return seed ?? randomSeed()
}

/** The name of the file of a model for a target, as commands and addresses take it. */
export function fileOf(target: string): string {
  const name = target.replaceAll(/[^\w.-]+/g, '-').replace(/^[-.]+/, '')
  return `${name || 'model'}.safetensors`
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
