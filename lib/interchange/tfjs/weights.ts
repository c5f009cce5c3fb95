import { fromHalf } from '../half.js'
import { isObject, type JsonObject, type JsonReader } from '../read/json.js'
import type { Numbers } from '../read/network.js'

/** The bytes of an element of each type. */
const sizes: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 }

/**
 * The weights of a manifest, by name: groups of shards, whose bytes follow each other.
 * @param read reads a shard by its path.
 * @throws FormatError for shards that do not hold the weights, to the byte.
 */
export async function readWeights(
  manifest: readonly unknown[],
  read: (path: string) => Promise<Uint8Array>,
  json: JsonReader,
): Promise<Map<string, Numbers>> {
  const all = new Map<string, Numbers>()
  const seen = new Set<string>()
  for (const [g, group] of manifest.entries()) {
    const place = `weightsManifest[${g}]`
    const { paths, weights } = json.object(group, place)
    const entries = json.list(weights, `weights of ${place}`).map((entry) => readEntry(entry, json))
    const total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
    const shards: Uint8Array[] = []
    for (const path of json.list(paths, `paths of ${place}`)) {
      const name = json.text(path, `a path of ${place}`)
      if (seen.has(name)) throw json.fail(`it names the shard ${JSON.stringify(name)} twice.`)
      seen.add(name)
      shards.push(await read(name))
    }
    const bytes = joined(shards)
    if (bytes.length !== total)
      throw json.fail(`expected ${total} bytes in the shards of ${place}, but got ${bytes.length}.`)
    let at = 0
    for (const { name, shape, type, quantization, bytes: size } of entries) {
      if (all.has(name)) throw json.fail(`it has two weights ${JSON.stringify(name)}.`)
      all.set(name, { shape, data: decode(bytes.subarray(at, at + size), type, quantization, name, json) })
      at += size
    }
  }
  return all
}

function joined(shards: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const shard of shards) {
    bytes.set(shard, at)
    at += shard.length
  }
  return bytes
}

function readEntry(entry: unknown, json: JsonReader) {
  const { name: key, shape, dtype, quantization } = json.object(entry, 'a weight')
  const name = json.text(key, 'the name of a weight')
  const own = json.list(shape, `the shape of ${name}`).map((size) => json.count(size, `a size of ${name}`))
  const packed = isObject(quantization) ? quantization : undefined
  const type = json.text(packed?.dtype ?? dtype, `the dtype of ${name}`)
  if (!Object.hasOwn(sizes, type)) throw json.fail(`the weight ${JSON.stringify(name)} is ${type}.`)
  const bytes = own.reduce((product, size) => product * size, sizes[type]!)
  if (!Number.isSafeInteger(bytes)) throw json.fail(`the shape [${own}] of ${JSON.stringify(name)} is too large.`)
  return { name, shape: own, type, quantization: packed, bytes }
}

/** Numbers of a shard; quantized ones are integer * scale + min. */
function decode(
  bytes: Uint8Array,
  type: string,
  quantization: JsonObject | undefined,
  name: string,
  json: JsonReader,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = sizes[type]!
  const readers: Readonly<Record<string, (at: number) => number>> = {
    float32: (at) => view.getFloat32(at, true),
    int32: (at) => view.getInt32(at, true),
    uint16: (at) => view.getUint16(at, true),
    float16: (at) => fromHalf(view.getUint16(at, true)),
  }
  const read = readers[type] ?? ((at) => view.getUint8(at))
  const { scale, min } = quantization && type !== 'float16' ? quantization : { scale: 1, min: 0 }
  const [factor, offset] = [json.number(scale, `the scale of ${name}`), json.number(min, `the min of ${name}`)]
  const plain = factor === 1 && offset === 0
  return Float32Array.from({ length: bytes.length / size }, (_, k) => {
    const value = read(k * size)
    return plain ? value : value * factor + offset
  })
}
