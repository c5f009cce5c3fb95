import type { Category } from '../../preprocessing/categories.js'
import type { SimpleImputer } from '../../preprocessing/simple-imputer.js'
import { list, literal, number, type SourceWriter } from './writer.js'

/** The code of a fitted SimpleImputer. */
export function imputerCode(imputer: SimpleImputer, out: SourceWriter): string {
  const statistics = imputer.statistics as Float64Array | Category[]
  const places = Array.from(statistics.keys())
  const kept = places.filter((j) => statistics[j] !== null && !Number.isNaN(statistics[j]))
  const columns = [kept, imputer.indicatorFeatures].map((indices) => list(indices.map(number)))
  if (!(statistics instanceof Float64Array)) return out.call('imputeWords', list(statistics.map(literal)), ...columns)
  const { missingValues } = imputer.getParams()
  return out.call('imputeNumbers', number(missingValues), out.numbers(statistics), ...columns)
}
