import { describe, mismatch } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { estimatorKinds } from '../estimators/kinds.js'
import { metadataKey } from '../files/metadata.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { simpleTransformerFrom } from '../preprocessing/kinds.js'
import type { TransformerLike } from '../preprocessing/transformer-like.js'
import type { EstimatorLike } from './steps.js'

/** How models and transformers are made from the parts of a file. */
interface Restorers {
  readonly kinds: Readonly<Record<string, { load(source: Uint8Array): Promise<EstimatorLike> }>>
  readonly transformer: (json: unknown) => TransformerLike
}

let restorers: Restorers = { kinds: estimatorKinds, transformer: simpleTransformerFrom }

/** Adds the models that hold other models, which this file cannot import: they import it. */
export function offerRestorers({ kinds, transformer }: Restorers): void {
  restorers = { kinds: { ...estimatorKinds, ...kinds }, transformer }
}

/**
 * Makes a transformer, fitted, from its JSON in a file.
 * @throws ArgumentError that says what is wrong with the JSON; FormatError for one that is not fitted.
 */
export function readNestedTransformer(json: unknown, name: string): TransformerLike {
  const transformer = restorers.transformer(json)
  if (transformer.isFitted) return transformer
  throw new FormatError(`Its ${name} is not fitted.`)
}

/**
 * Adds the tensors of a model to a file, their names after its name and a dot.
 * @returns the metadata of the model's own file.
 */
export function encodeNested(name: string, model: EstimatorLike, tensors: Map<string, Tensor>): object {
  const file = decodeSafetensors(model.toBytes(), name)
  for (const [key, tensor] of file.tensors) tensors.set(`${name}.${key}`, tensor)
  return JSON.parse(file.metadata[metadataKey]!) as object
}

/**
 * Reads what encodeNested wrote, from an untrusted file.
 * @throws FormatError, ArgumentError.
 */
export async function readNested(
  json: unknown,
  name: string,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<EstimatorLike> {
  const { kind } = Object(json) as { kind?: unknown }
  const { kinds } = restorers
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    throw mismatch('the estimator', `one of ${Object.keys(kinds).join(', ')}`, describe(kind))
  }
  const prefix = `${name}.`
  const own = [...tensors].flatMap(([key, tensor]): [string, Tensor][] =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
  )
  return kinds[kind]!.load(encodeSafetensors(new Map(own), { [metadataKey]: textOf(json) }))
}

function textOf(json: unknown): string {
  try {
    return JSON.stringify(json)
  } catch (cause) {
    throw new FormatError('Its models are nested too deeply.', { cause })
  }
}
