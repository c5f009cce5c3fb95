import { describe, expect, it } from 'vitest'
import { callbacks } from '../../../lib/index.js'
import { play } from './play.js'

const { earlyStopping } = callbacks
const values = [5, 4, 3, 3.5, 3.2, 3.1, 2, 6, 7, 8]

describe('earlyStopping', () => {
  it.each<[string, callbacks.EarlyStoppingOptions, readonly number[], object]>([
    ['at the first epoch that is no better', {}, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    ['with a patience of 1 as without', { patience: 1 }, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    ['after its patience', { patience: 3 }, values, { epochs: 6, bestEpoch: 2, weight: 2 }],
    [
      'later when it got better meanwhile',
      { patience: 4 },
      values,
      { epochs: 10, bestEpoch: 6, weight: 6, stopReason: undefined },
    ],
    ['for gains below minDelta', { patience: 2, minDelta: 1.5 }, values, { epochs: 5, bestEpoch: 2, weight: 2 }],
    ['when less is worse', { mode: 'max' }, values, { epochs: 2, bestEpoch: 0, weight: 0 }],
    ['when more is worse', { mode: 'min' }, [1, 2], { epochs: 2, bestEpoch: 0, weight: 0 }],
    [
      'with the last weights when asked to',
      { restoreBestWeights: false },
      values,
      { epochs: 4, bestEpoch: 2, weight: 3 },
    ],
    ['by the epochs that count', { startFromEpoch: 3 }, values, { epochs: 8, bestEpoch: 6, weight: 6 }],
    ['when the baseline is not beaten', { baseline: 2.5, patience: 2 }, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    ['as ever when the baseline is beaten', { baseline: 6 }, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    ['for NaN', { patience: 2 }, [1, Number.NaN, Number.NaN, 0], { epochs: 3, bestEpoch: 0, weight: 0 }],
    [
      'for NaN from the start',
      { patience: 2 },
      [Number.NaN, Number.NaN, 0],
      { epochs: 2, bestEpoch: undefined, weight: 1 },
    ],
  ])('ends %s', async (_, options, given, expected) => {
    expect(await play(earlyStopping(options), given)).toMatchObject({ stopReason: 'earlyStopping', ...expected })
  })

  it('takes more for better where the key is an accuracy, and less elsewhere', async () => {
    const logKeys = ['loss', 'accuracy', 'valLoss', 'valBinaryAccuracy']
    for (const [monitor, bestEpoch] of [
      ['accuracy', 1],
      ['valBinaryAccuracy', 1],
      ['loss', 0],
      ['mine', 0],
    ] as const) {
      const played = await play(earlyStopping({ monitor }), [0.5, 0.7], { key: monitor, logKeys })
      expect(played.bestEpoch, monitor).toBe(bestEpoch)
    }
  })

  it('begins each run anew', async () => {
    const stop = earlyStopping({ patience: 2 })
    const first = await play(stop, [1, 2, 3])
    expect(await play(stop, [7, 8, 9])).toEqual(first)
    expect(first).toMatchObject({ epochs: 3, weight: 0 })
  })

  it.each<[object, RegExp]>([
    [{ patience: -1 }, /at least 0 for patience, but got -1/],
    [{ patience: 1.5 }, /patience/],
    [{ minDelta: -1 }, /minDelta/],
    [{ mode: 'less' }, /one of auto, min, max for mode/],
    [{ monitor: '' }, /monitor/],
    [{ baseline: Number.NaN }, /baseline/],
    [{ restoreBestWeights: 1 }, /restoreBestWeights/],
    [{ startFromEpoch: -1 }, /startFromEpoch/],
    [{ patiance: 1 }, /Did you mean patience\?/],
  ])('refuses %o', (options, message) => {
    expect(() => earlyStopping(options)).toThrow(message)
  })

  it('refuses keys of validation data that there are none of, before training', async () => {
    const run = play(earlyStopping(), [1], { logKeys: ['loss', 'accuracy'] })
    await expect(run).rejects.toThrow(/Could not monitor valLoss.*validationSplit.*loss, accuracy/)
    await expect(play(earlyStopping({ monitor: 'los' }), [1])).rejects.toThrow(
      /a key of the logs \(loss, valLoss\) for monitor, but got "los"/,
    )
  })
})
