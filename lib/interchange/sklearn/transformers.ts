import { describe } from '../../base/check.js'
import { groupRare } from '../../preprocessing/rare-categories.js'
import { vocabulary } from '../../preprocessing/vocabulary.js'
import { isObject, type JsonObject, type JsonReader } from '../read/json.js'
import {
  camel,
  categoriesOf,
  featuresOf,
  numberOf,
  numbersOf,
  plainOf,
  readSklearn,
  rowsOf,
  type SklearnModel,
} from './model.js'

/** A transformer as the JSON of its class here. */
export interface TransformerRecord {
  readonly kind: string
  readonly params: object
  readonly state: object | null
}

type Convert = (model: SklearnModel, json: JsonReader, depth: number) => TransformerRecord

const converters: Readonly<Record<string, Convert>> = {
  StandardScaler(model, json) {
    const { params, state } = model
    const features = featuresOf(model, json)
    const columns = features.nFeaturesIn
    const seen = state.n_samples_seen_
    const counts = Array.isArray(seen)
      ? numbersOf(seen, 'n_samples_seen_', json)
      : new Array<number>(columns).fill(json.number(seen, 'n_samples_seen_'))
    const means = state.mean_ ? numbersOf(state.mean_, 'mean_', json) : counts.map(() => 0)
    const squares = state.var_
      ? numbersOf(state.var_, 'var_', json).map((value, j) => value * counts[j]!)
      : counts.map(() => 0)
    const own = { withMean: params.with_mean, withStd: params.with_std }
    return { kind: 'StandardScaler', params: own, state: { ...features, counts, means, squares } }
  },
  MinMaxScaler(model, json) {
    const { params, state } = model
    const learned = {
      dataMin: numbersOf(state.data_min_, 'data_min_', json),
      dataMax: numbersOf(state.data_max_, 'data_max_', json),
      rows: json.count(state.n_samples_seen_, 'n_samples_seen_'),
    }
    const own = { featureRange: params.feature_range, clip: params.clip }
    return { kind: 'MinMaxScaler', params: own, state: { ...featuresOf(model, json), ...learned } }
  },
  RobustScaler(model, json) {
    const { params, state } = model
    const features = featuresOf(model, json)
    const orFill = (value: unknown, name: string, fill: number) =>
      value ? numbersOf(value, name, json) : new Array<number>(features.nFeaturesIn).fill(fill)
    const own = {
      ...{ withCentering: params.with_centering, withScaling: params.with_scaling },
      ...{ quantileRange: params.quantile_range, unitVariance: params.unit_variance },
    }
    const [center, scale] = [orFill(state.center_, 'center_', 0), orFill(state.scale_, 'scale_', 1)]
    return { kind: 'RobustScaler', params: own, state: { ...features, center, scale, sketches: null } }
  },
  QuantileTransformer(model, json) {
    const rows = rowsOf(model.state.quantiles_, 'quantiles_', json)
    const quantiles = (rows[0] ?? []).map((_, j) => rows.map((row) => row[j]!))
    const own = { outputDistribution: model.params.output_distribution }
    return {
      ...{ kind: 'QuantileTransformer', params: own },
      state: { ...featuresOf(model, json), quantiles, rows: Math.max(1, rows.length), sketches: null },
    }
  },
  Normalizer(model, json) {
    return { kind: 'Normalizer', params: { norm: model.params.norm }, state: featuresOf(model, json) }
  },
  OneHotEncoder(model, json) {
    const { params, state } = model
    const [vocabularies, rare] = vocabulariesOf(model, json)
    const indices = state.drop_idx_ ? json.list(state.drop_idx_, 'drop_idx_') : vocabularies.map(() => null)
    const dropped = vocabularies.map(({ categories }, j) => {
      if ((indices[j] ?? null) === null) return null
      const { groups } = groupRare(vocabulary(categories, []), rare[j] ?? undefined, categories.length)
      return groups[json.count(indices[j], `drop_idx_[${j}]`)] ?? null
    })
    const drop = Array.isArray(params.drop) ? categoriesOf(params.drop, 'drop', json) : camel(params.drop)
    return {
      kind: 'OneHotEncoder',
      params: { drop, ...unknownOf(params), ...rarityOf(params) },
      state: { ...featuresOf(model, json), vocabularies, rare, dropped, rows: 1 },
    }
  },
  OrdinalEncoder(model, json) {
    const { params } = model
    const [vocabularies, rare] = vocabulariesOf(model, json)
    const codes = {
      unknownValue: plainOf(params.unknown_value ?? null, json),
      encodedMissingValue: plainOf(params.encoded_missing_value, json),
    }
    return {
      kind: 'OrdinalEncoder',
      params: { ...unknownOf(params), ...codes, ...rarityOf(params) },
      state: { ...featuresOf(model, json), vocabularies, rare, rows: 1 },
    }
  },
  TargetEncoder(model, json) {
    const { state } = model
    const [vocabularies] = vocabulariesOf(model, json)
    const means = Array.isArray(state.target_mean_)
      ? numbersOf(state.target_mean_, 'target_mean_', json)
      : [numberOf(state.target_mean_, 'target_mean_', json)]
    const encodings = json
      .list(state.encodings_, 'encodings_')
      .map((list, k) => numbersOf(list, `encodings_[${k}]`, json))
    const type = json.text(state.target_type_, 'target_type_')
    const classes = type === 'continuous' ? null : categoriesOf(state.classes_, 'classes_', json)
    return {
      ...{ kind: 'TargetEncoder', params: {} },
      state: { ...featuresOf(model, json), vocabularies, type, classes, means, encodings },
    }
  },
  SimpleImputer(model, json) {
    const { params, state } = model
    const features = featuresOf(model, json)
    const statistics = json.list(state.statistics_, 'statistics_').map((one) => plainOf(one, json))
    const indicator = isObject(state.indicator_) ? readSklearn(state.indicator_, json).state.features_ : []
    const indicated = new Set(json.list(indicator, 'features_ of indicator_'))
    const missing = statistics.map((_, j) => indicated.has(j))
    const own = {
      missingValues: params.missing_values === null ? Number.NaN : plainOf(params.missing_values, json),
      strategy: camel(params.strategy),
      fillValue: plainOf(params.fill_value ?? null, json),
      ...{ addIndicator: params.add_indicator, keepEmptyFeatures: params.keep_empty_features },
    }
    return { kind: 'SimpleImputer', params: own, state: { ...features, statistics, missing } }
  },
  FunctionTransformer(model, json) {
    const name = functionOf(model, json)
    const own = { func: name, inverseFunc: null, checkInverse: false }
    return { kind: 'FunctionTransformer', params: own, state: featuresOf(model, json) }
  },
  ColumnTransformer(model, json, depth) {
    const { params, state } = model
    const places = new Map(
      json.list(state.places_, 'places_').map((pair) => {
        const [name, list] = json.list(pair, 'an entry of places_')
        return [name, list] as const
      }),
    )
    const parts = json.list(state.transformers_, 'transformers_').flatMap((triple) => {
      const [name, transformer] = json.list(triple, 'an entry of transformers_')
      const own = json.list(places.get(name) ?? [], `places of ${describe(name)}`)
      if (transformer === 'drop' || own.length === 0) return []
      return [{ name, transformer: partOf(transformer, json, depth), places: own }]
    })
    const unfittedParts = parts.filter(({ name }) => name !== 'remainder')
    const rest = parts.find(({ name }) => name === 'remainder')
    const own = {
      transformers: unfittedParts.map(({ name, transformer, places: own }) => [name, unfitted(transformer), own]),
      remainder: rest ? unfitted(rest.transformer) : 'drop',
      verboseFeatureNamesOut: params.verbose_feature_names_out === true,
    }
    return { kind: 'ColumnTransformer', params: own, state: { ...featuresOf(model, json), parts } }
  },
  Pipeline(model, json, depth) {
    const steps = stepsOf(model, json).map(([name, step]) => [name, transformerOf(step, json, depth + 1)] as const)
    const [first] = steps
    if (!first) throw json.fail('expected at least one step of a Pipeline that is no passthrough.')
    const { featureNamesIn = null } = (first[1].state ?? {}) as { featureNamesIn?: unknown }
    return {
      kind: 'Pipeline',
      params: {
        steps: steps.map(([name, step]) => [name, unfitted(step)]),
        ...{ unknownColumns: 'error', missingColumns: 'error' },
      },
      state: { steps, featureNamesIn },
    }
  },
}

/** Whether a class of scikit-learn is a transformer that can be read. */
export function isTransformerClass(className: string): boolean {
  return Object.hasOwn(converters, className)
}

/** @throws FormatError for a class that is not in perceptra, or values that do not fit. */
export function transformerOf(value: unknown, json: JsonReader, depth = 0): TransformerRecord {
  const model = readSklearn(value, json, depth)
  const convert = Object.hasOwn(converters, model.className) ? converters[model.className]! : undefined
  if (convert) return convert(model, json, depth)
  throw json.fail(`the transformer ${describe(model.className)} is not one of ${Object.keys(converters).join(', ')}.`)
}

/** The steps of a pipeline without those that pass rows through. */
export function stepsOf({ params }: SklearnModel, json: JsonReader): (readonly [name: string, step: unknown])[] {
  return json.list(params.steps, 'steps').flatMap((pair) => {
    const [name, step] = json.list(pair, 'a step')
    return step === null || step === 'passthrough' ? [] : [[json.text(name, 'the name of a step'), step] as const]
  })
}

function partOf(value: unknown, json: JsonReader, depth: number): TransformerRecord | 'passthrough' {
  if (value === 'passthrough') return value
  const model = readSklearn(value, json, depth + 1)
  // What a fitted ColumnTransformer has in place of 'passthrough'.
  if (model.className === 'FunctionTransformer' && functionOf(model, json) === 'identity') return 'passthrough'
  return transformerOf(value, json, depth + 1)
}

function unfitted(part: TransformerRecord | 'passthrough') {
  return part === 'passthrough' ? part : { ...part, state: null }
}

function vocabulariesOf({ state }: SklearnModel, json: JsonReader) {
  const lists = json
    .list(state.categories_, 'categories_')
    .map((list, j) => categoriesOf(list, `categories_[${j}]`, json))
  const infrequent = state.infrequent_categories_
    ? json.list(state.infrequent_categories_, 'infrequent_categories_')
    : []
  const rare = lists.map((categories, j) => {
    if ((infrequent[j] ?? null) === null) return null
    const names = categoriesOf(infrequent[j], `infrequent_categories_[${j}]`, json)
    return names.map((name) => categories.indexOf(name)).sort((a, b) => a - b)
  })
  const vocabularies = lists.map((categories) => ({ categories, counts: categories.map(() => 0) }))
  return [vocabularies, rare] as const
}

function unknownOf({ handle_unknown: handling }: JsonObject) {
  return { handleUnknown: camel(handling) }
}

function rarityOf(params: JsonObject) {
  return { minFrequency: params.min_frequency ?? null, maxCategories: params.max_categories ?? null }
}

/** NumPy's functions whose names differ here. */
const functionNames: Readonly<Record<string, string>> = { absolute: 'abs', arctanh: 'atanh' }

function functionOf({ params }: SklearnModel, json: JsonReader): string {
  const { func } = params
  if (func === null || func === undefined) return 'identity'
  const name = json.text(isObject(func) ? func.other : func, 'func of FunctionTransformer')
  return functionNames[name] ?? name
}
