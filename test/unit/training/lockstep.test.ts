import { describe, expect, it } from 'vitest'
import { Group } from '../../../lib/training/group/group.js'
import { agreementOf } from '../../../lib/training/group/group-agreement.js'
import { warnOfKernels } from '../../../lib/training/group/kernels.js'
import { StandIn } from '../../support/stand-in-group.js'

function groupsOf(size: number, kernels?: readonly string[]): Group[] {
  const standIn = new StandIn(size)
  return Array.from(
    { length: size },
    (_, rank) => new Group({ rank, size, timeoutMs: 1000, native: standIn.rank(rank), ...(kernels && { kernels }) }),
  )
}

const outcomes = (work: readonly Promise<unknown>[]) =>
  Promise.all(work.map((one) => one.catch((error: Error) => error)))

describe('ranks out of step', () => {
  it.each<[string, (group: Group) => Promise<unknown>, string]>([
    ['other calls', (group) => group.barrier(), 'rank 0 calls allReduce with 3 numbers and rank 1 calls barrier.'],
    ['other counts', (group) => group.allReduce([1, 2]), 'rank 1 calls allReduce with 2 numbers.'],
    ['large counts', (group) => group.allReduce(new Float64Array(100)), 'rank 1 calls allReduce with 100 numbers.'],
    ['a broadcast', (group) => group.broadcast(Buffer.from('a'), 1), 'rank 1 calls broadcast from rank 1.'],
    ['a fit', (group) => agreementOf(group).begin({ spec: {} } as never, {}), 'rank 1 begins a fit.'],
  ])('all hear of %s at once, and the group ends', async (_, other, message) => {
    const groups = groupsOf(3)
    await Promise.all(groups.map((group) => group.barrier()))
    const errors = await outcomes(groups.map((group, rank) => (rank === 1 ? other(group) : group.allReduce([1, 2, 3]))))
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining(message) })
      expect((error as Error).message).toContain('in call 2 of the group')
    }
    const later = await outcomes(groups.map((group) => group.barrier()))
    expect(later).toEqual(errors)
  })

  it('hear of broadcasts from different ranks', async () => {
    const errors = await outcomes(groupsOf(2).map((group) => group.broadcast(Buffer.from('a'), group.rank)))
    const message = expect.stringContaining(
      'rank 0 calls broadcast from rank 0 and rank 1 calls broadcast from rank 1.',
    )
    for (const error of errors) expect(error).toMatchObject({ message })
  })
})

it('sums few numbers and many, in the order of ranks', async () => {
  const groups = groupsOf(3)
  for (const count of [0, 1, 5, 6, 40]) {
    const values = (rank: number) => Float64Array.from({ length: count }, (_, k) => 0.1 * (k + 1) ** (rank + 1))
    const sums = await Promise.all(groups.map((group) => group.allReduce(values(group.rank))))
    const expected = values(0).map((value, k) => value + values(1)[k]! + values(2)[k]!)
    for (const sum of sums) expect(sum).toEqual(expected)
  }
})

it('takes no calls between the steps of an epoch', async () => {
  const [group] = groupsOf(1) as [Group]
  const [a] = groupsOf(2) as [Group, Group]
  const agreement = agreementOf(a)
  agreement.setInSteps(true)
  for (const call of [a.barrier(), a.allReduce([1]), a.broadcast(Buffer.from('a'))]) {
    await expect(call).rejects.toMatchObject({ code: 'ERR_BUSY', message: expect.stringContaining('onEpochEnd') })
  }
  agreement.end()
  await group.barrier()
  await expect(Promise.race([a.barrier(), Promise.resolve('waits')])).resolves.toBe('waits')
})

it('warns once where kernels differ', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', listen)
  try {
    const [group] = groupsOf(3, ['avx2', 'avx512', 'avx512']) as [Group]
    for (const one of [group, group, ...groupsOf(2, ['avx2', 'avx2']), ...groupsOf(2)]) warnOfKernels(one)
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('warning', listen)
  }
  expect(warnings).toEqual([
    'GroupWarning: Rank 0 computes with the kernels avx2, but ranks 1, 2 with avx512: their weights will differ in the last bits. ' +
      'Set PERCEPTRA_KERNELS to a name that all can run, as npx perceptra info shows them.',
  ])
})
