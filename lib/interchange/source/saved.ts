import { metadataKey } from '../../files/metadata.js'
import { decodeSafetensors, type Tensor } from '../../files/safetensors.js'

/** What the file of a model holds: the JSON of its metadata, and its tensors. */
export interface Saved {
  readonly json: Readonly<Record<string, unknown>>
  readonly tensors: Map<string, Tensor>
}

/** The content of a model's own file, which has all that it learned. */
export function savedContent(bytes: Uint8Array): Saved {
  const { tensors, metadata } = decodeSafetensors(bytes, 'The model')
  return { json: JSON.parse(metadata[metadataKey]!) as Saved['json'], tensors }
}
