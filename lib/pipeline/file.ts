import { checkOptions, checkString, describe, invalid, keysOf } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { restoreFrom } from '../estimators/file.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { readState, restoreList } from '../learning/restore.js'
import type { ColumnPolicy } from '../preprocessing/named-cells.js'
import type { TransformerLike } from '../preprocessing/transformer-like.js'
import { encodeNested, readNested } from './nested.js'
import { columnParameters, type FittedSteps, type NamedStep, type Steps, sortSteps } from './steps.js'

/**
 * Encodes a pipeline as safetensors: transformers as JSON in the metadata `perceptra`, and the estimator as in its own file,
 * with its name and a dot before the names of its tensors.
 */
export function encodePipeline(
  { transformers, estimator, featureNamesIn }: FittedSteps,
  columns: ColumnPolicy,
): Uint8Array {
  const steps: object[] = transformers.map(([name, transformer]) => ({ name, transformer: transformer.toJSON() }))
  const tensors = new Map<string, Tensor>()
  if (estimator) {
    const [name, model] = estimator
    steps.push({ name, estimator: encodeNested(name, model, tensors) })
  }
  return encodeSafetensors(
    tensors,
    encodeMetadata('Pipeline', { steps, featureNamesIn: featureNamesIn ?? null, columns }),
  )
}

/**
 * Reads the steps of a pipeline from a file or its bytes, which are untrusted: all values are checked.
 * @param restore makes a transformer from its JSON.
 * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
 */
export function decodePipeline(
  source: string | Uint8Array,
  restore: (json: unknown) => TransformerLike,
): Promise<SavedPipeline> {
  return restoreFrom(source, 'Pipeline', async ({ tensors, metadata }) => {
    const saved = decodeMetadata(metadata, 'Pipeline', ['steps', 'featureNamesIn', 'columns'])
    const steps = await readSteps(saved.steps, tensors, restore)
    const { featureNamesIn } = withNames(sortSteps(steps), saved.featureNamesIn)
    return { steps, featureNamesIn, columns: readColumns(saved.columns) }
  })
}

/** What the file of a pipeline holds. */
interface SavedPipeline {
  readonly steps: NamedStep[]
  readonly featureNamesIn: readonly string[] | undefined
  readonly columns: Partial<ColumnPolicy>
}

/** Files of older versions leave them out. */
function readColumns(json: unknown): Partial<ColumnPolicy> {
  if (json === undefined) return {}
  const columns = readState(json, keysOf(columnParameters), 'columns')
  const { unknownColumns, missingColumns } = columnParameters
  return {
    unknownColumns: unknownColumns.read(columns.unknownColumns, 'unknownColumns'),
    missingColumns: missingColumns.read(columns.missingColumns, 'missingColumns'),
  }
}

/**
 * Fitted steps with the names of the columns of fit.
 * @param json the names from a file; files of older versions have those of the first transformer alone.
 * @throws ArgumentError for anything but a list of strings.
 */
export function withNames(steps: Steps, json: unknown): FittedSteps {
  if (json === undefined || json === null) {
    const { featureNamesIn } = (steps.transformers[0]?.[1] ?? {}) as { featureNamesIn?: readonly string[] }
    return { ...steps, featureNamesIn }
  }
  const names = restoreList(json, 'featureNamesIn', undefined, (name, label) => {
    if (typeof name === 'string') return name
    throw invalid(label, 'a string', name)
  })
  return { ...steps, featureNamesIn: names }
}

async function readSteps(
  json: unknown,
  tensors: Map<string, Tensor>,
  restore: (json: unknown) => TransformerLike,
): Promise<NamedStep[]> {
  const list = restoreList(json, 'steps', undefined, (step) => step)
  const steps: NamedStep[] = []
  let prefix = ''
  for (const [i, step] of list.entries()) {
    checkOptions(step, `steps[${i}]`, ['name', 'transformer', 'estimator'])
    const { name: key, transformer, estimator } = step as Record<string, unknown>
    const name = checkString(key, `the name of steps[${i}]`)
    if (estimator !== undefined && transformer === undefined && i === list.length - 1) {
      prefix = `${name}.`
      steps.push([name, await readNested(estimator, name, tensors)])
    } else {
      const restored = restore(transformer)
      if (!restored.isFitted) throw new FormatError(`Its step ${describe(name)} is not fitted.`)
      steps.push([name, restored])
    }
  }
  for (const key of tensors.keys()) {
    if (prefix === '' || !key.startsWith(prefix))
      throw new FormatError(`The tensor ${describe(key)} belongs to no step.`)
  }
  return steps
}
