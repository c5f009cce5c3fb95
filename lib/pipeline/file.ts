import { checkOptions, checkString, describe, invalid, mismatch } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { estimatorKinds } from '../estimators/kinds.js'
import { readWholeFile } from '../files/read-whole-file.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { readState, restoreList } from '../learning/restore.js'
import type { TransformerLike } from '../preprocessing/transformer-like.js'
import type { NamedStep, Steps } from './steps.js'

const metadataKey = 'perceptra'

/**
 * Writes a pipeline as safetensors: transformers as JSON in the metadata `perceptra`, the estimator as its own file has it, its
 * tensors under its name and a dot.
 */
export function encodePipeline({ transformers, estimator }: Steps): Uint8Array {
  const steps: object[] = transformers.map(([name, transformer]) => ({ name, transformer: transformer.toJSON() }))
  const tensors = new Map<string, Tensor>()
  if (estimator) {
    const [name, model] = estimator
    const file = decodeSafetensors(model.toBytes(), name)
    for (const [key, tensor] of file.tensors) tensors.set(`${name}.${key}`, tensor)
    steps.push({ name, estimator: JSON.parse(file.metadata[metadataKey]!) as object })
  }
  return encodeSafetensors(tensors, { [metadataKey]: JSON.stringify({ format: 1, kind: 'Pipeline', steps }) })
}

/**
 * Reads the steps of a pipeline from untrusted bytes: whatever is in them is checked as if a user had typed it.
 * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
 */
export async function decodePipeline(
  source: string | Uint8Array,
  restore: (json: unknown) => TransformerLike,
): Promise<NamedStep[]> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) throw invalid('source', 'a path or bytes', source)
  const name = typeof source === 'string' ? source : 'The file'
  const { tensors, metadata } = decodeSafetensors(
    typeof source === 'string' ? await readWholeFile(source) : source,
    name,
  )
  try {
    return await readSteps(readMetadata(metadata), tensors, restore)
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`${name} does not hold a Pipeline that can be loaded: ${error.message}`, { cause: error })
  }
}

function readMetadata(metadata: Record<string, string>): unknown {
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey]! : undefined
  if (text === undefined) throw new FormatError(`It has no metadata ${metadataKey}: perceptra did not write it.`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FormatError(`Its metadata ${metadataKey} are no JSON: ${(cause as Error).message}.`, { cause })
  }
  const { format, kind, steps } = readState(json, ['format', 'kind', 'steps'], 'metadata')
  if (format === 1 && kind === 'Pipeline') return steps
  throw new FormatError(
    `Expected format 1 of kind "Pipeline", but got format ${describe(format)} of kind ${describe(kind)}.`,
  )
}

async function readSteps(
  given: unknown,
  tensors: Map<string, Tensor>,
  restore: (json: unknown) => TransformerLike,
): Promise<NamedStep[]> {
  const list = restoreList(given, 'steps', undefined, (each) => each)
  const steps: NamedStep[] = []
  let known = ''
  for (const [i, each] of list.entries()) {
    checkOptions(each, `steps[${i}]`, ['name', 'transformer', 'estimator'])
    const { name, transformer, estimator } = each as Record<string, unknown>
    const own = checkString(name, `the name of steps[${i}]`)
    if (estimator !== undefined && transformer === undefined && i === list.length - 1) {
      known = `${own}.`
      steps.push([own, await readEstimator(estimator, known, tensors)])
    } else {
      const read = restore(transformer)
      if (!read.isFitted) throw new FormatError(`Its step ${describe(own)} has learned nothing.`)
      steps.push([own, read])
    }
  }
  for (const key of tensors.keys()) {
    if (known === '' || !key.startsWith(known)) throw new FormatError(`The tensor ${describe(key)} belongs to no step.`)
  }
  return steps
}

/** An estimator out of what its own file would hold. */
function readEstimator(json: unknown, prefix: string, tensors: Map<string, Tensor>) {
  const { kind } = Object(json) as { kind?: unknown }
  if (typeof kind !== 'string' || !Object.hasOwn(estimatorKinds, kind)) {
    throw mismatch('the estimator', `one of ${Object.keys(estimatorKinds).join(', ')}`, describe(kind))
  }
  const own = [...tensors].flatMap(([key, tensor]): [string, Tensor][] =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
  )
  return estimatorKinds[kind]!.load(encodeSafetensors(new Map(own), { [metadataKey]: JSON.stringify(json) }))
}
