import { checkBoolean, checkInteger, checkNumber, checkOptions, invalid, optionKeys } from '../base/check.js'
import type { BatchLimits } from './batcher.js'
import type { ServableModel } from './servable.js'

/** A model, or the path of its file. */
export type ModelSource = string | ServableModel

/** What the server tells, in order to be logged: the reload of a file, or its failure. */
export interface ServerEvent {
  readonly type: 'swapped' | 'reloadFailed' | 'error'
  /** The name of the model; undefined for an error of the server. */
  readonly model?: string
  readonly version?: string
  readonly error?: unknown
}

/** Options of `new ModelServer`. */
export interface ModelServerOptions {
  /**
   * Models by name: each a model, the path of its file, or several versions, `{ 1: 'a.safetensors', 2: 'b.safetensors' }`, the
   * last of which answers by default.
   */
  models: Readonly<Record<string, ModelSource | Readonly<Record<string, ModelSource>>>>
  /** Whether files that change are loaded again. False by default. */
  watch?: boolean | undefined
  /** Most rows of different requests in one batch; 1 turns batches off. 64 by default. */
  maxBatch?: number | undefined
  /** The longest time that a row waits for others, in milliseconds. 2 by default. */
  maxDelayMs?: number | undefined
  /** Most rows of a model that wait or are being computed; further requests are refused with 503. 1,000 by default. */
  maxQueue?: number | undefined
  /** The longest time of a request, in milliseconds; after it the answer is 504. 30,000 by default. */
  timeoutMs?: number | undefined
  /** Most bytes of a request's body; larger ones are refused with 413. 16 MiB by default. */
  maxBodyBytes?: number | undefined
  /** Keys, one of which requests must have in `Authorization: Bearer KEY` or `X-API-Key: KEY`, except those for health. */
  apiKeys?: readonly string[] | undefined
  /** Whether `GET /metrics` answers figures for Prometheus, which needs the package prom-client. False by default. */
  metrics?: boolean | undefined
  /**
   * Whether `GET /models/NAME/drift` compares the rows that table models are asked for with those of their training: population stability
   * by column, unknown values, numbers out of range. With `metrics` they are figures too. False by default.
   */
  drift?: boolean | undefined
  /** Receives what happens beside requests. By default failures become warnings of the process. */
  onEvent?: ((event: ServerEvent) => void) | undefined
}

/** The options, with all defaults. */
export interface ServerSettings extends BatchLimits {
  readonly models: Readonly<Record<string, Readonly<Record<string, ModelSource>>>>
  readonly watch: boolean
  readonly timeoutMs: number
  readonly maxBodyBytes: number
  readonly apiKeys: readonly string[] | undefined
  readonly metrics: boolean
  readonly drift: boolean
  readonly onEvent: (event: ServerEvent) => void
}

const keys = optionKeys<ModelServerOptions>({
  ...{ models: true, watch: true, maxBatch: true, maxDelayMs: true, maxQueue: true, timeoutMs: true },
  ...{ maxBodyBytes: true, apiKeys: true, metrics: true, drift: true, onEvent: true },
})

/** @throws ArgumentError for a wrong option. */
export function readServerOptions(options: ModelServerOptions): ServerSettings {
  checkOptions(options, 'ModelServer', keys)
  const {
    watch = false,
    metrics = false,
    onEvent = warn,
    apiKeys,
    maxBatch = 64,
    maxDelayMs = 2,
    maxQueue = 1000,
  } = options
  if (typeof onEvent !== 'function') throw invalid('onEvent', 'a function', onEvent)
  if (apiKeys !== undefined && !(Array.isArray(apiKeys) && apiKeys.length > 0 && apiKeys.every(isKey))) {
    throw invalid('apiKeys', 'a list of one or more non-empty strings', apiKeys)
  }
  return {
    models: readModels(options.models),
    watch: checkBoolean(watch, 'watch'),
    metrics: checkBoolean(metrics, 'metrics'),
    drift: checkBoolean(options.drift ?? false, 'drift'),
    maxBatch: checkInteger(maxBatch, 'maxBatch', { min: 1 }),
    maxDelayMs: checkNumber(maxDelayMs, 'maxDelayMs', { min: 0, max: 60_000 }),
    maxQueue: checkInteger(maxQueue, 'maxQueue', { min: 1 }),
    timeoutMs: checkNumber(options.timeoutMs ?? 30_000, 'timeoutMs', { above: 0, max: 2 ** 31 - 1 }),
    maxBodyBytes: checkInteger(options.maxBodyBytes ?? 2 ** 24, 'maxBodyBytes', { min: 1 }),
    apiKeys,
    onEvent,
  }
}

const isKey = (key: unknown) => typeof key === 'string' && key !== ''

/** Names that need no escape in a URL. */
const namePattern = /^[\w.-]{1,128}$/

function readModels(models: unknown): ServerSettings['models'] {
  if (models === null || typeof models !== 'object' || Array.isArray(models)) {
    throw invalid('models', 'an object of models by name', models, "For example { income: 'income.safetensors' }.")
  }
  const entries = Object.entries(models as ModelServerOptions['models'])
  return Object.fromEntries(
    entries.map(([name, source]) => {
      checkName(name, 'a name in models')
      const versions = isSource(source) ? { 1: source } : source
      const valid = versions !== null && typeof versions === 'object' && Object.keys(versions).length > 0
      if (!valid || !Object.values(versions).every(isSource)) {
        throw invalid(`models.${name}`, 'a model, a path, or an object of those by version', source)
      }
      for (const version of Object.keys(versions)) checkName(version, `a version of ${name}`)
      return [name, versions]
    }),
  )
}

/** @throws ArgumentError for a name that would need escapes in a URL. */
export function checkName(name: unknown, what: string): string {
  if (typeof name === 'string' && namePattern.test(name)) return name
  throw invalid(what, 'at most 128 letters, digits, dots, dashes and underscores', name)
}

function isSource(value: unknown): value is ModelSource {
  if (typeof value === 'string') return value !== ''
  return typeof (Object(value) as { predict?: unknown }).predict === 'function'
}

function warn({ type, model, error }: ServerEvent): void {
  if (type === 'swapped') return
  const what = type === 'reloadFailed' ? `The file of model ${model} changed, but does not load: ` : ''
  process.emitWarning(`${what}${(error as Error)?.message ?? error}`, {
    type: 'ServingWarning',
    code: 'PERCEPTRA_SERVING',
  })
}
