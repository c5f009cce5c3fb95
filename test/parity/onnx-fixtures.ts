import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of another library, with rows for it. */
export interface OnnxFixture {
  readonly path: string
  readonly rows: number
  /** The columns of all inputs, one input after the other. */
  readonly x: readonly number[]
}

interface Entry extends OnnxFixture {
  /** What the other library computes. */
  readonly y?: readonly number[]
  /** For files that are refused: what a message names. */
  readonly reason?: string
}

/** The files of a folder of fixtures, by name: those that are read, and those that are refused. */
export function onnxFixtures(name: string) {
  const folder = fileURLToPath(new URL(`fixtures/${name}/`, import.meta.url))
  const index = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as Record<string, Omit<Entry, 'path'>>
  const all = Object.entries(index).map(([key, entry]) => [key, { ...entry, path: `${folder}${key}.onnx` }] as const)
  return {
    taken: all.flatMap(([key, { y, ...rest }]) => (y ? [[key, { ...rest, y }] as const] : [])),
    refused: all.flatMap(([key, { reason, ...rest }]) => (reason ? [[key, { ...rest, reason }] as const] : [])),
  }
}
