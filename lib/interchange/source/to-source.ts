import { checkBoolean, checkOneOf, checkOptions, optionKeys } from '../../base/check.js'
import type { SourceModel } from './code.js'
import { classesCode } from './estimators.js'
import { modelCode, namesCode } from './model.js'
import { declarationsOf } from './types.js'
import { SourceWriter, type WeightFormat } from './writer.js'

/** Options of `toSource`. */
export interface ToSourceOptions {
  /** Whether to return declarations for TypeScript as well. */
  types?: boolean | undefined
  /**
   * The format of weights: 'float32' by default; 'float16' takes half the size, and changes a weight by up to 2^-11 of it,
   * one below 6.1e-5 by up to 3e-8.
   */
  weights?: WeightFormat | undefined
}

/** A model as a module, with its types. */
export interface TypedSource {
  /** The text of the module, model.js. */
  readonly code: string
  /** The declarations of its exports, model.d.ts. */
  readonly types: string
  /** The bytes of `code` in a file, not compressed. */
  readonly bytes: number
}

const optionNames = optionKeys<ToSourceOptions>({ types: true, weights: true })

/**
 * A fitted model as the text of one ES module that imports nothing, with its preparation: for browsers, workers and edge
 * functions. It exports `predict(row)`, with probabilities `predictProba(row)`, and `classes` and `columns` where the model
 * has them; a transformer, or a pipeline of transformers alone, exports `transform(row)`. A row is an array or, where the
 * model was trained with names of columns, an object by column. Results are those of `predictSync` for one row, within
 * rounding in float32: the module computes in float64. The first line of the text has its size.
 * @param model a Sequential, an estimator, a pipeline, a table model, or a transformer.
 * @returns the text; with `types: true` the text, its declarations and its size.
 * @throws ArgumentError for anything else, a registered function in FunctionTransformer, which has no text, or a weight beyond
 * 65,504 with float16; MlpError ERR_NOT_FITTED.
 * @example
 * const code = toSource(model)
 */
export function toSource(model: unknown, options?: ToSourceOptions & { types?: false | undefined }): string
export function toSource(model: unknown, options: ToSourceOptions & { types: true }): TypedSource
export function toSource(model: unknown, options?: ToSourceOptions): string | TypedSource
export function toSource(model: unknown, options: ToSourceOptions = {}): string | TypedSource {
  checkOptions(options, 'toSource()', optionNames)
  const types = checkBoolean(options.types ?? false, 'types')
  const out = new SourceWriter(checkOneOf(options.weights ?? 'float32', 'weights', ['float32', 'float16']))
  const source = modelCode(model, out)
  const code = withSize(moduleOf(source, out))
  if (!types) return code
  return { code, types: declarationsOf(source), bytes: Buffer.byteLength(code) }
}

function moduleOf({ reader, steps, model, columns, others = [] }: SourceModel, out: SourceWriter): string {
  const lines: string[] = []
  if (columns) {
    const known = others.length > 0 ? `columns.concat(${namesCode(others)})` : 'columns'
    lines.push(`export const columns = ${namesCode(columns)}`, `const known = new Set(${known})`)
  }
  if (model?.classes) lines.push(`export const classes = ${classesCode(model.classes)}`)
  const all = [reader, ...steps]
  if (model) {
    lines.push(`const outputsOf = ${out.call('inTurn', ...all, model.outputs)}`)
    lines.push(functionOf('predict', `const outputs = outputsOf(row)\n  return ${model.prediction}`))
    if (model.probabilities !== undefined) {
      const body = `const outputs = outputsOf(row)\n  return Float32Array.from(${model.probabilities})`
      lines.push(functionOf('predictProba', body))
    }
  } else {
    lines.push(`const transformed = ${out.call('inTurn', ...all)}`)
    lines.push(functionOf('transform', `return Float32Array.from(transformed(row))`))
  }
  return `${out.runtime()}\n${lines.join('\n')}\n`
}

function functionOf(name: string, body: string): string {
  return `export function ${name}(row) {\n  ${body}\n}`
}

/** The text with a first line that has the bytes of the whole. */
function withSize(code: string): string {
  const head = (bytes: number) => `// A model of perceptra, ${bytes} bytes.\n`
  const rest = Buffer.byteLength(code)
  let bytes = rest
  while (Buffer.byteLength(head(bytes)) + rest !== bytes) bytes = Buffer.byteLength(head(bytes)) + rest
  return head(bytes) + code
}
