import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkString,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { type EstimatorFile, takeDoubles, takeFloats } from '../estimators/file.js'
import { metadataKey } from '../files/metadata.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { readState, restoreCount, restoreList, restoreNumbers } from '../learning/restore.js'
import { Sequential } from '../sequential.js'
import { inputsOf, outputsOf } from '../spec/model.js'
import { Encoder } from './encoder.js'
import { Ensemble, type EnsemblePart } from './ensemble.js'
import { featureKinds, isUsed, type SchemaColumn } from './feature.js'
import type { Histogram } from './histogram.js'
import type { TabularLearned } from './learned.js'
import type { tabularParameters } from './options.js'
import type { Plan, PlanColumn } from './plan.js'
import type { ColumnPolicy } from './read-rows.js'
import type { TableReport } from './report.js'
import { restoreDistillation, restoreRecord } from './restore-record.js'
import { Schema } from './schema.js'

/** Upper bound on networks; more is assumed to be a mistake. */
const mostParts = 1000
/** Fit makes temperatures of 0.5 to 2. Below, the powers of all probabilities may be 0 in float32. */
const leastAndMost = { min: 0.25, max: 4 }

/** The learned part of a file, but for the target. */
export function recordModel({ schema, plan, ensemble, background, distillation, record }: TabularLearned<unknown>): {
  json: object
  tensors: Map<string, Tensor>
} {
  const tensors = new Map<string, Tensor>()
  const parts = ensemble.parts.map(({ network, weight, rate }, k) => {
    const file = decodeSafetensors(network.toBytes({ includeOptimizer: false }), 'The network')
    for (const [name, tensor] of file.tensors) tensors.set(`${prefixOf(k)}${name}`, tensor)
    return { network: JSON.parse(file.metadata[metadataKey]!) as object, weight, ...(rate !== undefined && { rate }) }
  })
  for (const key of ['center', 'factor'] as const) {
    const data = plan[key] as Float64Array<ArrayBuffer>
    tensors.set(`plan.${key}`, { dtype: 'F64', shape: [data.length], data })
  }
  const { rows, cols, data } = background
  tensors.set('background', { dtype: 'F32', shape: [rows, cols], data: data as Float32Array<ArrayBuffer> })
  const json = {
    schema: { columns: schema.columns, target: schema.target, report: schema.report },
    plan: { columns: plan.columns, width: plan.width },
    ensemble: { parts, temperature: ensemble.temperature },
    background: rows,
    ...(distillation && { distillation }),
    record,
  }
  return { json, tensors }
}

/**
 * Reads what recordModel wrote. The file is untrusted: all of it is checked.
 * @param outputs the number of outputs that the target needs.
 * @throws FormatError, ArgumentError.
 */
export async function restoreModel(
  { params, learned, tensors }: EstimatorFile<typeof tabularParameters>,
  outputs: number,
): Promise<Omit<TabularLearned<never>, 'targets'>> {
  const policy = { unknownColumns: params.unknownColumns, missingColumns: params.missingColumns } as ColumnPolicy
  const schema = restoreSchema(learned.schema, policy)
  const plan = restorePlan(learned.plan, schema, tensors)
  const ensemble = await restoreEnsemble(learned, tensors)
  if (outputs === 1 && ensemble.temperature !== 1) {
    ensemble.dispose()
    throw new FormatError('Its temperature is not 1, and it has one output.')
  }
  for (const { network } of ensemble.parts) {
    const spec = network.toJSON()
    if (inputsOf(spec) === plan.width && outputsOf(spec) === outputs) continue
    ensemble.dispose()
    throw new FormatError(
      `A network has ${inputsOf(spec)} inputs and ${outputsOf(spec)} outputs, not ${plan.width} and ${outputs}.`,
    )
  }
  const background = restoreBackground(learned.background, plan.width, tensors)
  return {
    schema,
    plan,
    encoder: new Encoder(plan, schema),
    ensemble,
    background,
    ...(learned.distillation !== undefined && { distillation: restoreDistillation(learned.distillation) }),
    record: restoreRecord(learned.record),
  }
}

/** The first files had no background rows. */
function restoreBackground(json: unknown, width: number, tensors: Map<string, Tensor>): Matrix {
  const rows = json === undefined ? 0 : restoreCount(json, 'background')
  return new Matrix(rows === 0 ? new Float32Array(0) : takeFloats(tensors, 'background', [rows, width]), rows, width)
}

/** What the names of a network's tensors begin with. */
const prefixOf = (part: number) => `network.${part}.`

/** Networks with their weights. The first files had one network, under `network`. */
async function restoreEnsemble(
  { ensemble, network }: Readonly<Record<string, unknown>>,
  tensors: Map<string, Tensor>,
): Promise<Ensemble> {
  if (network !== undefined)
    return new Ensemble([{ network: await restoreNetwork(network, tensors, 'network.'), weight: 1 }])
  const { parts: list, temperature } = readState(ensemble, ['parts', 'temperature'], 'ensemble')
  const divisor = checkNumber(temperature, 'temperature', leastAndMost)
  const records = restoreList(list, 'the parts of the ensemble', undefined, (entry, label) => {
    const { network, weight, rate } = readState(
      { rate: undefined, ...Object(entry) },
      ['network', 'weight', 'rate'],
      label,
    )
    return {
      network,
      weight: checkNumber(weight, `weight of ${label}`, { above: 0, max: 1 }),
      ...(rate !== undefined && { rate: checkNumber(rate, `rate of ${label}`, { min: 0 }) }),
    }
  })
  if (records.length === 0 || records.length > mostParts) {
    throw new FormatError(`It has ${records.length} networks, not 1 to ${mostParts}.`)
  }
  const sum = records.reduce((total, { weight }) => total + weight, 0)
  if (Math.abs(sum - 1) > 1e-6) throw new FormatError(`Its weights add up to ${sum}, not to 1.`)
  const parts: EnsemblePart[] = []
  for (const [k, { network, ...facts }] of records.entries()) {
    parts.push({ network: await restoreNetwork(network, tensors, prefixOf(k)), ...facts })
  }
  return new Ensemble(parts, divisor)
}

async function restoreNetwork(json: unknown, tensors: Map<string, Tensor>, prefix: string): Promise<Sequential> {
  const own = [...tensors].flatMap(([name, tensor]): [string, Tensor][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
  )
  const text = { [metadataKey]: JSON.stringify(json ?? null) }
  return Sequential.load(encodeSafetensors(new Map(own), text))
}

function restoreSchema(json: unknown, policy: ColumnPolicy): Schema<object> {
  const { columns, target, report } = readState(json, ['columns', 'target', 'report'], 'schema')
  const list = restoreList(columns, 'columns', undefined, restoreColumn)
  const byName = new Map(list.map((column) => [column.name, column]))
  if (byName.size < list.length) throw new FormatError('Its columns have equal names.')
  return new Schema<object>({ columns: byName, target: checkString(target, 'target'), policy }, restoreReport(report))
}

function restoreColumn(json: unknown, label: string): SchemaColumn {
  const { name, kind, missing, ...facts } = Object(json) as Record<string, unknown>
  const { min, max, values, counts, histogram, hasTime, bins, reason } = facts
  return {
    name: textOf(name, `name of ${label}`),
    kind: checkOneOf(kind, `kind of ${label}`, featureKinds),
    missing: restoreCount(missing, `missing of ${label}`),
    ...(min !== undefined && { min: checkNumber(min, 'min') }),
    ...(max !== undefined && { max: checkNumber(max, 'max') }),
    ...(histogram !== undefined && { histogram: restoreHistogram(histogram) }),
    ...(values !== undefined && { values: restoreList(values, 'values', undefined, textOf) }),
    ...(counts !== undefined && { counts: restoreList(counts, 'counts', Object(values).length, restoreCount) }),
    ...(hasTime !== undefined && { hasTime: checkBoolean(hasTime, 'hasTime') }),
    ...(bins !== undefined && { bins: checkInteger(bins, 'bins', { min: 1 }) }),
    ...(reason !== undefined && { reason: textOf(reason, 'reason') }),
  }
}

function restoreHistogram(json: unknown): Histogram {
  const record = readState(json, ['edges', 'counts'], 'histogram')
  const edges = [...restoreNumbers(record.edges, 'edges')]
  if (edges.some((edge, k) => k > 0 && edge <= edges[k - 1]!)) throw new FormatError('Its edges do not ascend.')
  return { edges, counts: restoreList(record.counts, 'counts', edges.length + 1, restoreCount) }
}

/** A string, which may be empty: so may the name of a column. */
function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw mismatch(name, 'a string', typeof value)
  return value
}

/** Checks a count of rows, by the name of what is counted. */
const restoreShare = (key: 'column' | 'label') => (entry: unknown, label: string) => {
  const record = readState(entry, [key, 'count', 'share'], label)
  textOf(record[key], `${key} of ${label}`)
  restoreCount(record.count, `count of ${label}`)
  checkNumber(record.share, `share of ${label}`)
}

/** Of what is shown and not computed with, only the form matters. */
function restoreReport(json: unknown): TableReport {
  const keys = optionKeys<Omit<TableReport, 'classes'>>({
    ...{ rows: true, columns: true, missing: true, leftOut: true, texts: true, duplicates: true, leaky: true },
    ...{ imbalanced: true, warnings: true },
  })
  const { classes, ...rest } = Object(json) as Record<string, unknown>
  const report = readState(rest, keys, 'report')
  for (const key of ['leftOut', 'texts', 'leaky', 'warnings']) restoreList(report[key], key, undefined, (x) => x)
  restoreCount(report.rows, 'rows')
  restoreList(report.missing, 'missing', undefined, restoreShare('column'))
  if (classes !== undefined) restoreList(classes, 'classes', undefined, restoreShare('label'))
  const { imbalanced, warnings, ...first } = report
  return { ...first, classes, imbalanced, warnings } as unknown as TableReport
}

const planKeys = optionKeys<PlanColumn>({
  ...{ name: true, kind: true, at: true, missingAt: true, mean: true, values: true, hotAt: true, isSign: true },
  ...{ newest: true, hasTime: true, bins: true, edges: true, binsAt: true, knots: true, levels: true, levelAt: true },
})

/** What columns in the first files lack. */
const withoutLevels = { knots: [], levels: [], levelAt: -1 }

function ascends(numbers: readonly number[]): boolean {
  return numbers.every((number, k) => k === 0 || number > numbers[k - 1]!)
}

function restorePlan(json: unknown, schema: Schema<object>, tensors: Map<string, Tensor>): Plan {
  const { columns, width: value } = readState(json, ['columns', 'width'], 'plan')
  const width = checkInteger(value, 'width', { min: 1 })
  const used = schema.columns.filter(({ kind }) => isUsed(kind))
  const list = restoreList(columns, 'the columns of the plan', used.length, (entry, label): PlanColumn => {
    const column = readState({ ...withoutLevels, ...Object(entry) }, planKeys, label)
    const place = (key: string, places: number) =>
      checkInteger(column[key], `${key} of ${label}`, { min: -1, max: width - places })
    const values = restoreList(column.values, 'values', undefined, textOf)
    const edges = [...restoreNumbers(column.edges, 'edges')]
    if (!ascends(edges)) throw new FormatError('Its edges do not ascend.')
    const knots = [...restoreNumbers(column.knots, 'knots')]
    const levels = [...restoreNumbers(column.levels, 'levels')]
    const levelAt = place('levelAt', 1)
    if (levels.length !== knots.length || knots.length > 0 !== levelAt >= 0 || !ascends(knots) || !ascends(levels)) {
      throw new FormatError('Its knots and levels do not fit together.')
    }
    const bins = checkInteger(column.bins, 'bins', { min: 0, max: width })
    if (bins > 0 && (bins & (bins - 1)) !== 0) throw new FormatError('Its bins are no power of two.')
    return {
      name: textOf(column.name, 'name'),
      kind: schema.column(textOf(column.name, 'name')).kind,
      at: checkInteger(column.at, 'at', { min: 0, max: width }),
      missingAt: place('missingAt', 1),
      mean: checkNumber(column.mean, 'mean'),
      values,
      hotAt: place('hotAt', column.isSign === true ? Math.max(values.length - 2, 0) : values.length),
      isSign: checkBoolean(column.isSign, 'isSign'),
      newest: checkNumber(column.newest, 'newest'),
      hasTime: checkBoolean(column.hasTime, 'hasTime'),
      ...{ bins, edges, binsAt: place('binsAt', Math.max(edges.length - 1, 0)) },
      ...{ knots, levels, levelAt },
    }
  })
  const center = takeDoubles(tensors, 'plan.center', [width])
  return { columns: list, width, center, factor: takeDoubles(tensors, 'plan.factor', [width]) }
}
