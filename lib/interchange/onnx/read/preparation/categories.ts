import type { Work } from '../../../../base/breathing.js'
import { type HotBlock, hotColumns } from './hot-columns.js'
import type { Category, Lookup } from './lookup.js'
import { imputer, type Piece, type Step } from './piece.js'

/**
 * The transformers that look entries up so, for as many of the first columns as one does; undefined where none does.
 */
export function* pieceOfLookup(lookup: Lookup): Work<Piece | undefined> {
  const { column } = lookup
  const { widths, blockOf } = yield* hotColumns(lookup)
  for (const width of widths) {
    const { steps, ...block } = blockOf(width)
    const step = oneHot(block, width)
    if (step) return { column, width, steps: [...steps, step] }
  }
  const { steps, ...block } = firstColumn(lookup)
  const step = ordinal(block) ?? targetMeans(block)
  return step && { column, width: 1, steps: [...steps, step] }
}

/** The entries of a column that are not treated as unknown ones, and the number of each. */
interface Block {
  readonly categories: readonly (readonly [category: Category, number: number])[]
  readonly unknown: number
}

/** Missing entries that are treated as a category are filled in before; else they are a category of their own, or unknown. */
function firstColumn({ known, numberOf }: Lookup): Block & { readonly steps: readonly Step[] } {
  const [unknown, missing] = [numberOf(known.length, 0), numberOf(known.length + 1, 0)]
  const all = known.map((category, k): [Category, number] => [category, numberOf(k, 0)])
  const categories = all.filter(([, number]) => !Object.is(number, unknown))
  if (Object.is(missing, unknown)) return { categories, unknown, steps: [] }
  const fill = categories.find(([, number]) => Object.is(number, missing))
  if (fill) return { categories, unknown, steps: [imputer(fill[0]!)] }
  return { categories: [...categories, [null, missing]], unknown, steps: [] }
}

const vocabularyOf = (categories: readonly Category[]) => ({ categories, counts: categories.map(() => 0) })

/** A OneHotEncoder: a 1 in the column of each category; rare ones share the last column. */
function oneHot({ categories, unknown }: HotBlock, width: number): Step | undefined {
  const groups = Array.from({ length: width }, (): Category[] => [])
  for (const { category, place } of categories) groups[place]?.push(category)
  const dropped = categories.filter(({ place }) => place < 0).map(({ category }) => category)
  const hasRare = (unknown ?? -1) >= 0 || groups.at(-1)!.length > 1
  const rare = hasRare ? groups.at(-1)! : []
  const plain = rare.length > 0 ? groups.slice(0, -1) : groups
  if (dropped.length > 1 || ((unknown ?? -1) >= 0 && (unknown !== width - 1 || rare.length === 0))) return undefined
  if (plain.some(({ length }) => length !== 1)) return undefined
  const ordered = [...dropped, ...plain.flat(), ...rare]
  // null is the last category, and the rare ones have the last group.
  const sorted = [
    ...ordered.filter((category) => category !== null),
    ...ordered.filter((category) => category === null),
  ]
  const placeOf = new Map(sorted.map((category, k) => [category, k]))
  const nullAt = plain.findIndex(([category]) => category === null)
  const isLast = nullAt === -1 || nullAt === plain.length - 1
  if (!isLast) return undefined
  const own = {
    vocabularies: vocabularyOf(sorted),
    rare: rare.length > 0 ? rare.map((category) => placeOf.get(category)!).sort((a, b) => a - b) : null,
    dropped: dropped.length > 0 ? (dropped[0] === null ? plain.length : 0) : null,
  }
  const handleUnknown = unknown === undefined ? 'error' : unknown >= 0 ? 'infrequentIfExist' : 'ignore'
  const params = { drop: null, handleUnknown, minFrequency: null, maxCategories: null }
  return sorted.length > 0 ? { kind: 'OneHotEncoder', params, own, shared: { rows: 1 } } : undefined
}

/** An OrdinalEncoder: the place of each category. */
function ordinal({ categories, unknown }: Block): Step | undefined {
  const present = categories.filter(([category]) => category !== null).sort(([, a], [, b]) => a - b)
  const missing = categories.find(([category]) => category === null)?.[1]
  const isCode = (value: number) => Number.isSafeInteger(value) || Number.isNaN(value)
  if (present.length === 0 || !isCode(unknown) || (missing !== undefined && !isCode(missing))) return undefined
  // Rare categories share the last number.
  const last = present.at(-1)![1]
  const rareFrom = present.findIndex(([, code]) => code === last)
  if (present.some(([, code], k) => code !== Math.min(k, rareFrom))) return undefined
  const names = present.map(([category]) => category)
  const rare = rareFrom < present.length - 1 ? names.flatMap((_, k) => (k >= rareFrom ? [k] : [])) : null
  const isRefused = Number.isNaN(unknown)
  return {
    kind: 'OrdinalEncoder',
    params: {
      ...{ handleUnknown: isRefused ? 'error' : 'useEncodedValue', unknownValue: isRefused ? null : unknown },
      ...{ encodedMissingValue: missing ?? Number.NaN, minFrequency: null, maxCategories: null },
    },
    own: { vocabularies: vocabularyOf(missing === undefined ? names : [...names, null]), rare },
    shared: { rows: 1 },
  }
}

/** A TargetEncoder: any number for each category. */
function targetMeans({ categories, unknown }: Block): Step | undefined {
  const numbers = categories.map(([, number]) => number)
  if (numbers.length === 0 || ![...numbers, unknown].every(Number.isFinite)) return undefined
  const own = { vocabularies: vocabularyOf(categories.map(([category]) => category)), encodings: numbers }
  return { kind: 'TargetEncoder', params: {}, own, shared: { type: 'continuous', classes: null, means: [unknown] } }
}
