/** Row numbers from the highest value to the lowest; equal values keep their order. */
export function descendingOrder(values: Float64Array): Uint32Array {
  return ascendingOrder(values, true)
}

// Below this length a comparison sort is as fast as the radix sort, which is 2 to 4 times as fast from 100,000 rows on.
const leastForRadixSort = 2 ** 14

/** Row numbers from the lowest value to the highest; equal values keep their order. No value may be NaN. */
export function ascendingOrder(values: Float64Array, descending = false): Uint32Array {
  const order = new Uint32Array(values.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  if (values.length < leastForRadixSort) {
    return descending
      ? order.sort((a, b) => values[b]! - values[a]! || a - b)
      : order.sort((a, b) => values[a]! - values[b]! || a - b)
  }
  return radixSort(values, order, descending)
}

/** Radix sort by keys of 64 bits, in four passes of 16 bits. */
function radixSort(values: Float64Array, order: Uint32Array, descending: boolean): Uint32Array {
  const keys = sortableKeys(values, descending)
  let from = order
  let to: Uint32Array = new Uint32Array(order.length)
  const starts = new Uint32Array(2 ** 16)
  for (let digit = 0; digit < 4; digit++) {
    const half = keys[digit >> 1]!
    const shift = (digit & 1) * 16
    starts.fill(0)
    for (let i = 0; i < half.length; i++) starts[(half[i]! >>> shift) & 0xffff]!++
    let sum = 0
    for (let d = 0; d < starts.length; d++) {
      const count = starts[d]!
      starts[d] = sum
      sum += count
    }
    for (let i = 0; i < from.length; i++) {
      const row = from[i]!
      const d = (half[row]! >>> shift) & 0xffff
      to[starts[d]!++] = row
    }
    const swap = from
    from = to
    to = swap
  }
  return from
}

/** The bits of each number, flipped so that they sort as unsigned integers: all low halves, all high halves. */
function sortableKeys(values: Float64Array, descending: boolean): [Uint32Array, Uint32Array] {
  const [low, high] = [new Uint32Array(values.length), new Uint32Array(values.length)]
  const one = new Float64Array(1)
  const bits = new Uint32Array(one.buffer)
  const [atLow, atHigh] = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0]
  for (let i = 0; i < values.length; i++) {
    one[0] = values[i]! + 0 // -0 becomes 0
    // Ascending: all bits of negative numbers are flipped, the sign bit of others. Descending: the complement of that.
    const isNegative = bits[atHigh]! >>> 31 === 1
    const flip = isNegative !== descending ? 0xffffffff : 0
    const sign = isNegative ? 0 : 0x80000000
    low[i] = bits[atLow]! ^ flip
    high[i] = bits[atHigh]! ^ flip ^ sign
  }
  return [low, high]
}
