import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import type { Group } from '../training/group/group.js'
import { agreementOf, cannotBegin, holdGroup } from '../training/group/group-agreement.js'
import { readPartialClasses } from './classes.js'
import { isTable } from './label-rows.js'

/** The training of one estimator on the ranks of a group. */
export interface GroupFit {
  /** Kept for the whole fit. */
  readonly group: Group
  /** Whether other ranks know of a failure without being told: the network's fit tells them. */
  isTold: boolean
}

/**
 * Runs a fit on all ranks of a group. What fails before the network's fit is told to the others.
 * @param fit trains; undefined is without a group.
 */
export async function overRanks<T>(
  options: { group?: Group | undefined; signal?: AbortSignal | undefined },
  fit: (together: GroupFit | undefined) => Promise<T>,
): Promise<T> {
  // What is no object is reported by `fit`.
  const { group, signal } = options ?? {}
  if (group === undefined) return fit(undefined)
  const held = holdGroup(group)
  const together: GroupFit = { group: held.group, isTold: false }
  try {
    return await fit(together)
  } catch (error) {
    const tell = async () => cannotBegin(agreementOf(held.group), error, signal)
    // A group that the fit closed cannot be told: its own error counts.
    if (!together.isTold) await tell().catch(() => {})
    throw error
  } finally {
    held.release()
  }
}

/**
 * Adds up over ranks.
 * @throws as Agreement.meet does.
 */
export async function sumOverRanks(together: GroupFit, value: number): Promise<number> {
  const agreement = agreementOf(together.group)
  // A rank that fails says so in this call, or in the one after it.
  together.isTold = true
  try {
    return (await agreement.addUp([value]))[0]!
  } finally {
    agreement.end()
  }
}

/** What a rank has as labels: rows of several, or the different ones. */
interface LabelsOfRank {
  readonly isTable: boolean
  readonly labels: readonly Label[]
}

/**
 * The classes of the labels of all ranks; undefined for rows of several labels.
 * @throws ArgumentError where there are fewer than two, and for labels of different types; as Agreement.meet does.
 */
export async function classesOfAll(together: GroupFit, y: unknown): Promise<readonly Label[] | undefined> {
  const agreement = agreementOf(together.group)
  if (agreement.isAlone) return undefined
  // What fails from here on fails on all ranks.
  together.isTold = true
  try {
    await agreement.meet('fitBegins', {})
    const own = { isTable: isTable(y), labels: isTable(y) ? [] : distinct(y) }
    const bytes = await agreement.gather(Buffer.from(JSON.stringify(own)))
    const all = bytes.map((one) => JSON.parse(Buffer.from(one).toString()) as LabelsOfRank)
    const classes = classesIn(all)
    together.isTold = false
    return classes
  } finally {
    agreement.end()
  }
}

function classesIn(all: readonly LabelsOfRank[]): readonly Label[] | undefined {
  const [first] = all as [LabelsOfRank]
  const other = all.findIndex((one) => one.isTable !== first.isTable)
  if (other > 0) {
    const [a, b] = first.isTable ? ['rows of 0 and 1', 'labels'] : ['labels', 'rows of 0 and 1']
    throw new ArgumentError(`Expected y of one kind on all ranks, but rank 0 has ${a} and rank ${other} has ${b}.`)
  }
  if (first.isTable) return undefined
  return readPartialClasses([...new Set(all.flatMap(({ labels }) => labels))], undefined)
}

/** Labels as JSON has them; what is no label is reported when y is read. */
function distinct(y: unknown): unknown[] {
  if (y === null || typeof y !== 'object' || !(Symbol.iterator in y)) return []
  return [...new Set(y as Iterable<unknown>)].filter((label) => ['string', 'number', 'boolean'].includes(typeof label))
}

/** @throws ArgumentError for weights that need the class counts of all ranks. */
export function checkClassWeightOfGroup(group: Group | undefined, classWeight: unknown): void {
  if (!group || group.size === 1 || classWeight !== 'balanced') return
  throw new ArgumentError(
    "Expected weights by label for classWeight with a group, but got 'balanced', which needs the class counts of all ranks.",
  )
}
