import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'

/** Rows of two columns, with labels that a line does not separate. */
export const x = Array.from({ length: 90 }, (_, i) => [Math.sin(i), Math.cos(2 * i)])
export const two = x.map(([a, b], i) => (a! + 0.3 * b! + 0.6 * Math.sin(7 * i) > 0.35 ? 'yes' : 'no'))
export const three = x.map(([a], i) => (a! + 0.4 * Math.sin(5 * i) > 0.4 ? 'top' : a! < -0.4 ? 'low' : 'mid'))
export const weights = x.map((_, i) => 1 + (i % 3))

/** The same bytes with another JSON in the metadata. */
export function changed(bytes: Uint8Array, change: (json: Record<string, never>) => object): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, 'the file')
  const json = JSON.parse(metadata.perceptra!) as Record<string, never>
  return encodeSafetensors(tensors, { perceptra: JSON.stringify({ ...json, ...change(json) }) })
}
