import type { Group } from './group.js'
import { trainingSide } from './group.js'

/** The groups that were warned of. */
const warned = new WeakSet<Group>()

/**
 * Warns, once for a group, where ranks compute with different kernels: their weights are the same up to rounding then, not bit by
 * bit. No error, since fleets of different machines may train so.
 */
export function warnOfKernels(group: Group): void {
  const { kernels } = group[trainingSide]
  const other = kernels.findIndex((name) => name !== kernels[0])
  if (other < 0 || warned.has(group)) return
  warned.add(group)
  const ranks = [...kernels.keys()].filter((rank) => kernels[rank] === kernels[other])
  const some = ranks.length > 8 ? `${ranks.slice(0, 8).join(', ')}, ...` : ranks.join(', ')
  process.emitWarning(
    `Rank 0 computes with the kernels ${kernels[0]}, but ${ranks.length > 1 ? 'ranks' : 'rank'} ${some} with ${kernels[other]}: their weights ` +
      'will differ in the last bits. Set PERCEPTRA_KERNELS to a name that all can run, as npx perceptra info shows them.',
    { type: 'GroupWarning', code: 'PERCEPTRA_GROUP_KERNELS' },
  )
}
