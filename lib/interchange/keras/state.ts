import { FormatError } from '../../base/errors.js'
import type { ModelFile } from '../../network/model-file.js'
import type { ModelSpec } from '../../spec/model.js'
import type { LbfgsSpec, OptimizerSpec } from '../../spec/optimizer.js'
import { type Slot, slotsOf } from '../../spec/optimizer-slots.js'
import { placesOf } from '../read/network.js'
import type { OptimizerArrays } from './weights.js'

/**
 * The state of an optimizer, from the arrays of a Keras file: the steps, and the vectors of each trained tensor. Unless they stand
 * by their kinds, the two of Adam and its kin are side by side, others one after the other.
 * @returns undefined for an optimizer that has not begun: its file has none of the vectors it keeps.
 * @throws FormatError for arrays that do not fit the network.
 */
export function readState(
  { steps, vectors: arrays, areByKind }: OptimizerArrays,
  optimizer: Exclude<OptimizerSpec, LbfgsSpec>,
  spec: ModelSpec,
): ModelFile['optimizer'] {
  const places = placesOf(spec)
  const trained = places.filter(({ trainable }) => trainable)
  const slots = slotsOf(optimizer)
  const last = places.at(-1)
  const count = last ? last.begin + sizeOf(last.shape) : 0
  const vectors = slots.map(() => new Float32Array(count))
  // SGD of Keras 2 has vectors where it has no momentum, too.
  if (slots.length === 0) return { steps, slots: [] }
  const rest = [...arrays]
  // The product of nadam's momenta is the last one; it follows from the steps.
  if (optimizer.name === 'nadam' && rest.at(-1)?.data.length === 1 && rest.length % 2 === 1) rest.pop()
  if (rest.length === 0) return undefined
  if (rest.length !== trained.length * slots.length) {
    const found = `the optimizer has ${rest.length} vectors, but ${trained.length} tensors are trained with ${slots.length} each`
    throw new FormatError(`${found}. Pass compile: false to read the network alone.`)
  }
  const order = orderOf(optimizer, slots, areByKind)
  const paired = order.filter(({ isPaired }) => isPaired).length
  let before = paired
  for (const { slot, isPaired } of order) {
    const s = slots.indexOf(slot)
    const at = (k: number) => (isPaired ? k * paired + s : before * trained.length + k)
    for (const [k, { name, begin, shape }] of trained.entries()) {
      const { data } = rest[at(k)]!
      if (data.length !== sizeOf(shape)) {
        throw new FormatError(`the ${slot.name} of ${name} has ${data.length} numbers in place of [${shape}]`)
      }
      vectors[s]!.set(data, begin)
    }
    if (!isPaired) before++
  }
  toOwnForm(optimizer, vectors)
  return { steps, slots: vectors }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The slots in the order of Keras's arrays. */
function orderOf(
  optimizer: OptimizerSpec,
  slots: readonly Slot[],
  areByKind: boolean,
): { slot: Slot; isPaired: boolean }[] {
  const ofName = (name: string) => slots.filter((slot) => slot.name === name)
  if (optimizer.name === 'rmsprop') {
    const names = ['secondMoment', 'variance', 'velocity', 'firstMoment']
    return names.flatMap(ofName).map((slot) => ({ slot, isPaired: false }))
  }
  return slots.map((slot) => ({ slot, isPaired: !areByKind && slot.name !== 'largestSecondMoment' }))
}

/**
 * Keras's velocities hold the rate, with another sign in sgd; its second moment of centered rmsprop is not centered.
 * @throws FormatError for a velocity whose rate was a schedule: its last value is not in the file.
 */
function toOwnForm(optimizer: Exclude<OptimizerSpec, LbfgsSpec>, vectors: readonly Float32Array[]): void {
  const at = slotsOf(optimizer).findIndex(({ name }) => name === 'velocity')
  if (at >= 0) {
    const { learningRate, name } = optimizer
    if (typeof learningRate !== 'number')
      throw new FormatError(`the velocity of ${name} with a schedule cannot be read. Pass compile: false.`)
    const factor = learningRate === 0 ? 0 : (name === 'sgd' ? -1 : 1) / learningRate
    vectors[at]!.set(vectors[at]!.map((value) => value * factor))
  }
  if (optimizer.name === 'rmsprop' && optimizer.centered) {
    const [variance, means] = vectors as [Float32Array, Float32Array]
    variance.set(variance.map((value, k) => Math.max(0, value - means[k]! ** 2)))
  }
}
