import { readFile } from 'node:fs/promises'
import { describe, invalid, nearest } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Callback } from '../../callbacks/types.js'
import * as estimators from '../../estimators/index.js'
import type { ModelLike } from '../../model-selection/index.js'
import * as pipelines from '../../pipeline/index.js'
import * as preprocessing from '../../preprocessing/index.js'
import type { Table } from '../../table/table.js'
import { preparationFor } from './preparation.js'

/** What a file of configuration may hold beside the parameters of the model. */
export interface Config {
  /** The model: `{ kind, ...parameters }`, or the parameters of a network. */
  readonly model: Readonly<Record<string, unknown>>
  /** Spaces by the name of the parameter, for `search`. */
  readonly search: Readonly<Record<string, unknown>> | undefined
}

type Class = new (options: Record<string, unknown>) => object

/** What a configuration can name. */
const kinds: Readonly<Record<string, Class>> = (() => {
  const {
    Pipeline,
    TransformedTargetRegressor,
    CalibratedClassifier,
    TunedThresholdClassifier,
    FixedThresholdClassifier,
  } = pipelines
  const { MLPClassifier, MLPRegressor, SGDClassifier, SGDRegressor, Perceptron, Adaline } = estimators
  const { NetworkClassifier, NetworkRegressor } = estimators
  const { StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer, FunctionTransformer } = preprocessing
  const { Normalizer, OneHotEncoder, OrdinalEncoder, TargetEncoder, SimpleImputer, ColumnTransformer } = preprocessing
  return {
    ...{
      Pipeline,
      TransformedTargetRegressor,
      CalibratedClassifier,
      TunedThresholdClassifier,
      FixedThresholdClassifier,
    },
    ...{
      MLPClassifier,
      MLPRegressor,
      SGDClassifier,
      SGDRegressor,
      Perceptron,
      Adaline,
      NetworkClassifier,
      NetworkRegressor,
    },
    ...{ StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer, FunctionTransformer },
    ...{ Normalizer, OneHotEncoder, OrdinalEncoder, TargetEncoder, SimpleImputer, ColumnTransformer },
  } as unknown as Record<string, Class>
})()

/** Reads a file of configuration. @throws FormatError for a file that is no object of JSON. */
export async function readConfig(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FormatError(`${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new FormatError(
      `${path}: expected an object, such as { "layers": [{ "type": "dense", "units": 64 }], "epochs": 20 }.`,
    )
  }
  const { search, ...model } = json as Record<string, unknown>
  if (search !== undefined) invalidUnlessObject(search, 'search')
  return { model, search: search as Config['search'] }
}

function invalidUnlessObject(value: unknown, name: string): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(name, 'an object of values by parameter, such as { "batchSize": [32, 128] }', value)
  }
}

/**
 * The model of a configuration, not fitted. A Pipeline stays as it is; other models, and networks, get a preparation of the
 * columns in front, and regressors of a network learn the standardised target.
 * @param watch called by networks while they train.
 * @throws ArgumentError for an unknown kind or a wrong parameter.
 */
export function modelOf(
  { model }: Config,
  rows: Table,
  task: 'classes' | 'numbers',
  seed: number,
  watch: readonly Callback[] = [],
): { model: ModelLike; leftOut: readonly string[] } {
  const make = (value: unknown) => build(value, seed, watch)
  if (model.kind === 'Pipeline') return { model: make(model) as ModelLike, leftOut: [] }
  const kind = task === 'classes' ? 'NetworkClassifier' : 'NetworkRegressor'
  const inner = make(model.kind === undefined ? { kind, ...model } : model)
  const isPlainNetwork = model.kind === undefined && task === 'numbers'
  const last = isPlainNetwork
    ? new pipelines.TransformedTargetRegressor({
        regressor: inner as estimators.NetworkRegressor,
        transformer: new preprocessing.StandardScaler(),
      })
    : inner
  const { columns, leftOut } = preparationFor(rows)
  const steps = [['columns', columns] as const, ['model', last as estimators.NetworkClassifier] as const]
  return { model: new pipelines.Pipeline({ steps }) as unknown as ModelLike, leftOut }
}

/** The name of a parameter of the model in front of which there is a preparation. */
export function parameterName({ model }: Config, task: 'classes' | 'numbers', name: string): string {
  if (model.kind === 'Pipeline') return name
  return model.kind === undefined && task === 'numbers' ? `model.regressor.${name}` : `model.${name}`
}

/** An instance for each object with a kind, whatever holds it. */
function build(value: unknown, seed: number, watch: readonly Callback[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => build(entry, seed, watch))
  if (value === null || typeof value !== 'object') return value
  const { kind, ...options } = value as Record<string, unknown>
  const entries = Object.entries(kind === undefined ? value : options)
  const built = Object.fromEntries(entries.map(([key, entry]) => [key, build(entry, seed, watch)]))
  if (kind === undefined) return built
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    const near = typeof kind === 'string' ? nearest(kind, Object.keys(kinds)) : undefined
    throw invalid('kind', `one of ${Object.keys(kinds).join(', ')}`, kind, near && `Did you mean ${describe(near)}?`)
  }
  const made = kinds[kind]!
  const { parameters } = made as unknown as { parameters: object }
  const isNetwork = kind === 'NetworkClassifier' || kind === 'NetworkRegressor'
  return new made({
    ...('seed' in parameters && { seed }),
    ...built,
    ...(isNetwork && { callbacks: watch }),
  })
}
