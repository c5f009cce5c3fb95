import { imputer, type Piece, type Step } from './piece.js'

type Category = number | string | null

/** What a graph makes of the entries of a column, in some columns of the prepared table. */
export interface Lookup {
  readonly column: number
  /** The numbers of each entry that is looked up. */
  readonly known: readonly (readonly [category: number | string, numbers: readonly number[]])[]
  /** Those of any other entry. */
  readonly unknown: readonly number[]
  /** Those of a missing entry. */
  readonly missing: readonly number[]
  /** How many columns. */
  readonly width: number
}

const sameAs = (a: readonly number[], b: readonly number[]) => a.every((value, k) => Object.is(value, b[k]))

/** The entries of a block of columns: those that are not treated as unknown ones. */
interface Block {
  readonly categories: readonly (readonly [category: Category, numbers: readonly number[]])[]
  readonly unknown: readonly number[]
  readonly steps: readonly Step[]
}

/**
 * The transformers that look entries up so, for the first columns; undefined where none does.
 * @param begin the first column of the lookup.
 */
export function pieceOfLookup(lookup: Lookup, begin: number): Piece | undefined {
  for (let width = lookup.width - begin; width >= 1; width--) {
    const block = blockOf(lookup, begin, width)
    const step = oneHot(block, width) ?? (width === 1 ? (ordinal(block) ?? targetMeans(block)) : undefined)
    if (step) return { column: lookup.column, width, steps: [...block.steps, step] }
  }
  return undefined
}

/** Missing entries that are treated as a category are filled in before; else they are a category of their own, or unknown. */
function blockOf({ known, unknown, missing }: Lookup, begin: number, width: number): Block {
  const part = (numbers: readonly number[]) => numbers.slice(begin, begin + width)
  const others = part(unknown)
  const categories = known.map(([category, numbers]): [Category, number[]] => [category, part(numbers)])
  const seen = categories.filter(([, numbers]) => !sameAs(numbers, others))
  const ofMissing = part(missing)
  if (sameAs(ofMissing, others)) return { categories: seen, unknown: others, steps: [] }
  const fill = seen.find(([, numbers]) => sameAs(numbers, ofMissing))
  if (fill) return { categories: seen, unknown: others, steps: [imputer(fill[0]!)] }
  return { categories: [...seen, [null, ofMissing]], unknown: others, steps: [] }
}

const vocabularyOf = (categories: readonly Category[]) => ({ categories, counts: categories.map(() => 0) })

/** A OneHotEncoder: a 1 in the column of each category; rare ones share the last column. */
function oneHot({ categories, unknown }: Block, width: number): Step | undefined {
  const isRefused = unknown.every(Number.isNaN)
  const hotOf = (numbers: readonly number[]) => {
    const isHot = numbers.every((value) => value === 0 || value === 1)
    const places = numbers.flatMap((value, k) => (value === 1 ? [k] : []))
    return isHot && places.length <= 1 ? (places[0] ?? -1) : undefined
  }
  const hot = categories.map(([category, numbers]) => ({ category, place: hotOf(numbers) }))
  const toUnknown = isRefused ? -1 : hotOf(unknown)
  if (toUnknown === undefined || hot.some(({ place }) => place === undefined)) return undefined
  const ofPlace = (place: number) => hot.filter((one) => one.place === place).map(({ category }) => category)
  const dropped = ofPlace(-1)
  const groups = Array.from({ length: width }, (_, place) => ofPlace(place))
  const rare = toUnknown >= 0 || groups.at(-1)!.length > 1 ? groups.at(-1)! : []
  const plain = rare.length > 0 ? groups.slice(0, -1) : groups
  if (dropped.length > 1 || (toUnknown >= 0 && (toUnknown !== width - 1 || rare.length === 0))) return undefined
  if (plain.some(({ length }) => length !== 1)) return undefined
  const ordered = [...dropped, ...plain.flat(), ...rare]
  // null is the last category, and the rare ones have the last group.
  const sorted = [
    ...ordered.filter((category) => category !== null),
    ...ordered.filter((category) => category === null),
  ]
  const nullAt = plain.findIndex(([category]) => category === null)
  const isLast = nullAt === -1 || nullAt === plain.length - 1
  if (!isLast) return undefined
  const own = {
    vocabularies: vocabularyOf(sorted),
    rare: rare.length > 0 ? rare.map((category) => sorted.indexOf(category)).sort((a, b) => a - b) : null,
    dropped: dropped.length > 0 ? (dropped[0] === null ? plain.length : 0) : null,
  }
  const handleUnknown = isRefused ? 'error' : toUnknown >= 0 ? 'infrequentIfExist' : 'ignore'
  const params = { drop: null, handleUnknown, minFrequency: null, maxCategories: null }
  return sorted.length > 0 ? { kind: 'OneHotEncoder', params, own, shared: { rows: 1 } } : undefined
}

/** An OrdinalEncoder: the place of each category. */
function ordinal({ categories, unknown: [unknown] }: Block): Step | undefined {
  const present = categories.filter(([category]) => category !== null).sort(([, a], [, b]) => a[0]! - b[0]!)
  const missing = categories.find(([category]) => category === null)?.[1][0]
  const isCode = (value: number) => Number.isSafeInteger(value) || Number.isNaN(value)
  if (present.length === 0 || !isCode(unknown!) || (missing !== undefined && !isCode(missing))) return undefined
  // Rare categories share the last number.
  const last = present.at(-1)![1][0]!
  const rareFrom = present.findIndex(([, [code]]) => code === last)
  if (present.some(([, [code]], k) => code !== Math.min(k, rareFrom))) return undefined
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
function targetMeans({ categories, unknown: [unknown] }: Block): Step | undefined {
  const numbers = categories.map(([, [number]]) => number!)
  if (numbers.length === 0 || ![...numbers, unknown].every(Number.isFinite)) return undefined
  const own = { vocabularies: vocabularyOf(categories.map(([category]) => category)), encodings: numbers }
  return { kind: 'TargetEncoder', params: {}, own, shared: { type: 'continuous', classes: null, means: [unknown] } }
}
