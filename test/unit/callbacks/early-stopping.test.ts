import { describe, expect, it } from 'vitest'
import { callbacks } from '../../../lib/index.js'
import { play } from './play.js'

const { earlyStopping } = callbacks
const values = [5, 4, 3, 3.5, 3.2, 3.1, 2, 6, 7, 8]

describe('earlyStopping', () => {
  it.each<[string, callbacks.EarlyStoppingOptions, readonly number[], object]>([
    ['at the first epoch without improvement', {}, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    [
      'at the first epoch without improvement with patience 1',
      { patience: 1 },
      values,
      { epochs: 4, bestEpoch: 2, weight: 2 },
    ],
    ['after patience epochs without improvement', { patience: 3 }, values, { epochs: 6, bestEpoch: 2, weight: 2 }],
    [
      'later if an improvement resets the patience',
      { patience: 4 },
      values,
      { epochs: 10, bestEpoch: 6, weight: 6, stopReason: undefined },
    ],
    [
      'if improvements are below minDelta',
      { patience: 2, minDelta: 1.5 },
      values,
      { epochs: 5, bestEpoch: 2, weight: 2 },
    ],
    ['if values fall and mode is max', { mode: 'max' }, values, { epochs: 2, bestEpoch: 0, weight: 0 }],
    ['if values rise and mode is min', { mode: 'min' }, [1, 2], { epochs: 2, bestEpoch: 0, weight: 0 }],
    [
      'with the last weights if restoreBestWeights is false',
      { restoreBestWeights: false },
      values,
      { epochs: 4, bestEpoch: 2, weight: 3 },
    ],
    ['by the epochs from startFromEpoch on', { startFromEpoch: 3 }, values, { epochs: 8, bestEpoch: 6, weight: 6 }],
    ['if the baseline is not beaten', { baseline: 2.5, patience: 2 }, values, { epochs: 4, bestEpoch: 2, weight: 2 }],
    [
      'at the first epoch without improvement if the baseline is beaten',
      { baseline: 6 },
      values,
      { epochs: 4, bestEpoch: 2, weight: 2 },
    ],
    ['if values are NaN', { patience: 2 }, [1, Number.NaN, Number.NaN, 0], { epochs: 3, bestEpoch: 0, weight: 0 }],
    [
      'if all values are NaN',
      { patience: 2 },
      [Number.NaN, Number.NaN, 0],
      { epochs: 2, bestEpoch: undefined, weight: 1 },
    ],
  ])('ends training %s', async (_, options, values, expected) => {
    expect(await play(earlyStopping(options), values)).toMatchObject({ stopReason: 'earlyStopping', ...expected })
  })

  it('maximizes keys that end with accuracy, and minimizes other keys', async () => {
    const logKeys = ['loss', 'accuracy', 'valLoss', 'valBinaryAccuracy']
    for (const [monitor, bestEpoch] of [
      ['accuracy', 1],
      ['valBinaryAccuracy', 1],
      ['loss', 0],
      ['custom', 0],
    ] as const) {
      const result = await play(earlyStopping({ monitor }), [0.5, 0.7], { key: monitor, logKeys, logsMayGrow: true })
      expect(result.bestEpoch, monitor).toBe(bestEpoch)
    }
  })

  it('resets its state for each run', async () => {
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
  ])('rejects the options %o', (options, message) => {
    expect(() => earlyStopping(options)).toThrow(message)
  })

  it('rejects keys that the logs will not have before training, unless another callback may add them', async () => {
    const run = play(earlyStopping(), [1], { logKeys: ['loss', 'accuracy'] })
    await expect(run).rejects.toThrow(/Could not monitor valLoss.*validationSplit.*loss, accuracy/)
    const message = /a key of the logs \(loss, valLoss\) for monitor, but got "los"\. Did you mean loss\?/
    await expect(play(earlyStopping({ monitor: 'los' }), [])).rejects.toThrow(message)
    const misspelt = play(earlyStopping({ monitor: 'valLos' }), [], { logKeys: ['loss', 'accuracy'] })
    await expect(misspelt).rejects.toThrow(
      /Could not monitor valLos: did you mean valLoss\? And there are no validation data/,
    )
    const later = play(earlyStopping({ monitor: 'los' }), [1], { logsMayGrow: true })
    await expect(later).rejects.toThrow(
      /a key of the logs \(loss, valLoss\) for monitor, but got "los"\. Did you mean loss\?/,
    )
    await play(earlyStopping({ monitor: 'los' }), [], { logsMayGrow: true })
  })
})
