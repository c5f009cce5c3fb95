import { runBreathing } from '../base/breathing.js'
import type { Blobs } from './blobs.js'
import type { Parcel } from './message.js'
import { pack } from './pack.js'
import { type RestoreLearner, unpack } from './unpack.js'

/** Larger parcels lie in Redis beside their jobs. */
const mostInline = 32 << 10

/** Packs a value; a large one is uploaded for `user`, and `onBegin` is called with its SHA-256 beforehand. */
export async function toParcel(
  value: unknown,
  name: string,
  blobs: Blobs,
  user: string,
  onBegin?: (id: string) => void,
): Promise<Parcel> {
  const bytes = await runBreathing(pack(value, name), undefined)
  if (bytes.length <= mostInline) return { inline: Buffer.from(bytes).toString('base64') }
  return { data: await blobs.put(bytes, user, onBegin) }
}

/** @throws FormatError for a damaged parcel; MlpError ERR_QUEUE where it is not in Redis. */
export async function fromParcel(parcel: Parcel, blobs: Blobs, restore?: RestoreLearner): Promise<unknown> {
  const bytes = 'inline' in parcel ? new Uint8Array(Buffer.from(parcel.inline, 'base64')) : await blobs.get(parcel.data)
  return runBreathing(unpack(bytes, restore), undefined)
}
