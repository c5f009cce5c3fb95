import type { Matrix } from '../../../base/matrix.js'
import type { Category } from '../../../preprocessing/categories.js'
import type { SimpleImputer } from '../../../preprocessing/index.js'
import type { Table } from '../../../table/table.js'
import { castName, row } from './arithmetic.js'
import { writeIsMissing } from './category-index.js'
import { Frame } from './frame.js'
import type { Graph, Value } from './graph.js'

/** Writes a SimpleImputer, of numbers and of words: each column on its own, then the indicators. */
export function writeImputer(graph: Graph, imputer: SimpleImputer<Matrix | Table>, frame: Frame): Frame {
  const { missingValues } = imputer.getParams()
  const statistics: ArrayLike<Category> = imputer.statistics
  const isKept = (statistic: Category) => statistic !== null && !Number.isNaN(statistic)
  const columns = Array.from(statistics, (_, j) => frame.column(graph, j))
  const isMissing = columns.map((column) => {
    if (Number.isNaN(missingValues)) return writeIsMissing(graph, column)
    return graph.node('Equal', [column.name, row(graph, missingValues)])
  })
  const imputed = columns.flatMap((column, j): Value[] => {
    const statistic = statistics[j]!
    if (!isKept(statistic)) return []
    const fill = column.type === 'string' ? graph.strings([String(statistic)], []) : row(graph, Number(statistic))
    return [{ ...column, name: graph.node('Where', [isMissing[j]!, fill, column.name]) }]
  })
  const indicators = imputer.indicatorFeatures.map(
    (j): Value => ({ name: castName(graph, isMissing[j]!, 'double'), type: 'double', columns: 1 }),
  )
  return new Frame([...imputed, ...indicators])
}
