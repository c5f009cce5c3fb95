import type { Category } from '../../preprocessing/categories.js'
import { place } from '../../preprocessing/one-hot-columns.js'
import type { OneHotEncoder } from '../../preprocessing/one-hot-encoder.js'
import type { OrdinalEncoder } from '../../preprocessing/ordinal-encoder.js'
import { groupRare, type RareColumn } from '../../preprocessing/rare-categories.js'
import type { TargetEncoder } from '../../preprocessing/target-encoder.js'
import { vocabulary } from '../../preprocessing/vocabulary.js'
import { list, literal, number, type SourceWriter } from './writer.js'

/** The code of a fitted OneHotEncoder. */
export function oneHotCode(encoder: OneHotEncoder, out: SourceWriter): string {
  const { handleUnknown } = encoder.getParams()
  const dropped = encoder.dropIdx
  const groups = groupsOf(encoder, (categories) => categories.length).map((column, j) => {
    const index = dropped[j]
    return { ...column, dropped: index === null || index === undefined ? undefined : column.groups[index] }
  })
  const asRare = handleUnknown === 'infrequentIfExist' || handleUnknown === 'warn'
  const columns = place(groups)
  const width = columns.reduce((sum, { size, dropped: group }) => sum + size - (group === undefined ? 0 : 1), 0)
  const codes = columns.map(({ categories, targets, rare }) => {
    const unknown = asRare && rare ? targets[rare[0]!]! : -1
    const other = handleUnknown === 'error' ? 'undefined' : number(unknown)
    return list([categoriesCode(categories), list(Array.from(targets, number)), other])
  })
  return out.call('oneHot', number(width), list(codes))
}

/** The code of a fitted OrdinalEncoder. */
export function ordinalCode(encoder: OrdinalEncoder, out: SourceWriter): string {
  const { handleUnknown, unknownValue, encodedMissingValue } = encoder.getParams()
  const present = (categories: readonly Category[]) => categories.length - (categories.at(-1) === null ? 1 : 0)
  const codes = groupsOf(encoder, present).map(({ categories, groups }) => {
    const numbers = categories.map((_, k) => (k < groups.length ? groups[k]! : encodedMissingValue))
    const isPlace = numbers.every((code, k) => code === k)
    const other = handleUnknown === 'error' ? 'undefined' : number(unknownValue!)
    return list([categoriesCode(categories), isPlace ? 'null' : list(numbers.map(number)), other])
  })
  return out.call('ordinal', list(codes))
}

/** The code of a fitted TargetEncoder. */
export function targetCode(encoder: TargetEncoder, out: SourceWriter): string {
  const { targetMean, encodings } = encoder
  const means = typeof targetMean === 'number' ? [targetMean] : [...targetMean]
  const codes = encoder.categories.map((categories, j) => {
    const own = encodings.slice(j * means.length, (j + 1) * means.length)
    return list([categoriesCode(categories), 'null', '-1', list(own.map((encoding) => out.numbers(encoding)))])
  })
  return out.call('targets', out.numbers(means), list(codes))
}

/** The categories of each column with their groups, of which rare categories share one. */
function groupsOf(
  encoder: OneHotEncoder | OrdinalEncoder,
  grouped: (categories: readonly Category[]) => number,
): RareColumn[] {
  const infrequent = encoder.infrequentCategories
  return encoder.categories.map((categories, j) => {
    const rare = infrequent[j]?.map((category) => categories.indexOf(category))
    return groupRare(vocabulary(categories, []), rare, grouped(categories))
  })
}

function categoriesCode(categories: readonly Category[]): string {
  return list(categories.map(literal))
}
