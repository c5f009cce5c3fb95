import { describe, expect, it, vi } from 'vitest'
import { TabularClassifier, TabularRegressor } from '../../../lib/index.js'
import { Group } from '../../../lib/training/group/group.js'
import { StandIn } from '../../support/stand-in-group.js'

// Many networks are trained.
vi.setConfig({ testTimeout: 120_000 })

const rows = Array.from({ length: 60 }, (_, i) => {
  const [size, colour] = [(i * 37) % 100, ['red', 'green', 'blue'][(i * 7) % 3]!]
  return { size, colour, price: size * (colour === 'red' ? 2 : 1) + (i % 5), big: size > 50 ? 'yes' : 'no' }
})

function groupsOf(size: number): Group[] {
  const standIn = new StandIn(size)
  return Array.from(
    { length: size },
    (_, rank) => new Group({ rank, size, timeoutMs: 1000, native: standIn.rank(rank) }),
  )
}

const outcomes = <T>(work: readonly Promise<T>[]) =>
  Promise.all(work.map((one) => one.catch((error: Error & { code?: string }) => error)))

const regressor = (seed = 1) => new TabularRegressor({ preset: 'balanced', seed })

describe('a table model on the ranks of a group', () => {
  it('is the same on all, and as in one process', async () => {
    const told: number[] = []
    const fits = [
      (more: object) => regressor().fit(rows, { target: 'price', ...more }),
      (more: object) => new TabularClassifier({ preset: 'balanced', seed: 2 }).fit(rows, { target: 'big', ...more }),
    ]
    for (const fit of fits) {
      const alone = await fit({ concurrency: 2 })
      const onProgress = ({ epoch, epochs }: { epoch: number; epochs: number }) => void told.push(epoch / epochs)
      const all = await Promise.all(groupsOf(3).map((group) => fit({ group, onProgress })))
      const facts = ({ seconds: _, ...rest }: typeof alone.report.training) => rest
      for (const model of all) {
        expect(await model.predict(rows as never)).toEqual(await alone.predict(rows as never))
        expect(facts(model.report.training)).toEqual(facts(alone.report.training))
      }
      expect(told.at(-1)).toBe(1)
    }
  })

  it('ends on all ranks when one sets stopTraining', async () => {
    const models = [regressor(), regressor()]
    const fits = groupsOf(2).map((group, rank) =>
      models[rank]!.fit(rows, {
        target: 'price',
        group,
        onProgress: ({ stage }) => {
          if (rank === 1 && stage === 'training') models[1]!.stopTraining = true
        },
      }),
    )
    const [a, b] = await Promise.all(fits)
    expect([a!.stopReason, b!.stopReason]).toEqual(['stopTraining', 'stopTraining'])
    expect(await a!.predict(rows)).toEqual(await b!.predict(rows))
  })

  it('fails on all ranks where one is aborted, or its callback throws, and the group trains again', async () => {
    const groups = groupsOf(2)
    const aborting = new AbortController()
    const fit = (own: (rank: number) => object) =>
      outcomes(groups.map((group, rank) => regressor().fit(rows, { target: 'price', group, ...own(rank) })))
    const stopper = { signal: aborting.signal, onProgress: () => aborting.abort(new Error('Enough.')) }
    const [own, other] = await fit((rank) => (rank === 0 ? stopper : {}))
    expect(own).toMatchObject({ message: 'Enough.' })
    expect(other).toMatchObject({ name: 'AbortError', message: 'Rank 0 of the group aborted the training.' })
    const throws = ({ stage }: { stage: string }) => {
      if (stage === 'training') throw new RangeError('No room for more.')
    }
    const [heard, thrown] = await fit((rank) => (rank === 1 ? { onProgress: throws } : {}))
    expect(thrown).toMatchObject({ name: 'RangeError' })
    expect(heard).toMatchObject({ code: 'ERR_GROUP_FAILED', message: expect.stringContaining('No room for more.') })
    for (const model of await fit(() => ({}))) expect(model).toBeInstanceOf(TabularRegressor)
  })

  it('does not begin where rows, columns, seeds or presets differ, or one cannot read its rows', async () => {
    const both = (fit: (group: Group) => Promise<unknown>) => outcomes(groupsOf(2).map(fit))
    const fit = (group: Group, more = {}, own = rows, model = regressor()) =>
      model.fit(own, { target: 'price', group, ...more })
    const seeds = await both((group) => fit(group, {}, rows, regressor(group.rank)))
    const others = await both((group) => fit(group, {}, group.rank === 0 ? rows : rows.toReversed()))
    const presets = await both((group) =>
      fit(group, {}, rows, group.rank === 0 ? regressor() : new TabularRegressor({ preset: 'fast', seed: 1 })),
    )
    const columns = await both((group) =>
      fit(group, {}, group.rank === 0 ? rows : rows.map((row) => ({ ...row, room: row.price % 7 }))),
    )
    for (const [errors, what] of [
      [columns, 'the same [3] of names of columns on all ranks, but rank 0 has none and rank 1 has "room".'],
      [seeds, 'the same seed of the model on all ranks, but rank 0 has 0 and rank 1 has 1.'],
      [others, 'the same rows, by their hash on all ranks, but rank 0 has'],
      [presets, 'the same preset of the model on all ranks, but rank 0 has "balanced" and rank 1 has "fast".'],
    ] as const) {
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining(what) })
      }
    }
    const [read, wrong] = await both((group) => fit(group, group.rank === 1 ? { target: 'none' } : {}))
    expect(wrong).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining('none') })
    expect(read).toMatchObject({ code: 'ERR_GROUP_FAILED' })
  })

  it.each(['timeLimit', 'resume', 'queue'])('takes no %s', async (key) => {
    const [group] = groupsOf(2)
    const given = { timeLimit: 1, resume: 'file', queue: { connection: 'redis://localhost' } }
    await expect(
      regressor().fit(rows, { target: 'price', group, [key]: given[key as keyof typeof given] }),
    ).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringContaining(`Expected no ${key} with a group`),
    })
  })
})
