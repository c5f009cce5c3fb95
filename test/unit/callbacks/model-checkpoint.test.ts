import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { callbacks } from '../../../lib/index.js'
import { play } from './play.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

const values = [3, 2, 2.5, 1, 0.123456]
async function savedFiles(options: Partial<callbacks.ModelCheckpointOptions>) {
  const path = join(folder, options.path ?? '{epoch}')
  const { saved } = await play(callbacks.modelCheckpoint({ ...options, path }), values)
  return saved.map((name) => name.slice(folder.length + 1))
}

describe('modelCheckpoint', () => {
  it.each<[string, Partial<callbacks.ModelCheckpointOptions>, string[]]>([
    ['every epoch by default', {}, ['1', '2', '3', '4', '5']],
    ['to one file without placeholders', { path: 'net' }, ['net', 'net', 'net', 'net', 'net']],
    ['every second epoch', { everyEpochs: 2 }, ['2', '4']],
    ['only improvements with saveBestOnly', { saveBestOnly: true }, ['1', '2', '4', '5']],
    ['only improvements of more than minDelta', { saveBestOnly: true, minDelta: 1.2 }, ['1', '4']],
    ['only increases with mode max', { saveBestOnly: true, mode: 'max' }, ['1']],
    ['only improvements of the monitored key', { saveBestOnly: true, monitor: 'loss' }, ['1']],
    ['only values that beat initialBest', { saveBestOnly: true, initialBest: 1 }, ['5']],
    ['without the optimizer with saveWeightsOnly', { saveWeightsOnly: true, everyEpochs: 5 }, ['5 without']],
    ['to files named by the logs', { path: '{epoch:3}-{valLoss:2}-{loss}', everyEpochs: 5 }, ['005-0.12-1.0000']],
  ])('saves %s', async (_, options, expected) => {
    expect(await savedFiles(options)).toEqual(expected)
  })

  it('resets its state for each run', async () => {
    const callback = callbacks.modelCheckpoint({ path: join(folder, '{epoch}'), saveBestOnly: true })
    const first = (await play(callback, [1, 2])).saved
    expect((await play(callback, [9, 10])).saved).toEqual(first)
  })

  it.each<[object, RegExp]>([
    [{}, /a non-empty string for path/],
    [{ path: 'a{}' }, /keys of the logs in braces.*for path/],
    [{ path: '{epoch:02d}' }, /in braces/],
    [{ path: '{loss:99}' }, /in braces/],
    [{ path: 'a', everyEpochs: 0 }, /everyEpochs/],
    [{ path: 'a', saveBestOnly: 1 }, /saveBestOnly/],
    [{ path: 'a', saveWeightsOnly: 1 }, /saveWeightsOnly/],
    [{ path: 'a', saveBestOnly: true, initialBest: '1' }, /initialBest/],
    [{ path: 'a', monitor: 'loss' }, /The option monitor of.*needs saveBestOnly: true/],
    [{ path: 'a', initialBest: 1 }, /The option initialBest of.*needs saveBestOnly: true/],
    [{ file: 'a' }, /Unknown option "file"/],
  ])('rejects the options %o', (options, message) => {
    expect(() => callbacks.modelCheckpoint(options as never)).toThrow(message)
  })

  it('rejects a missing folder and keys that the logs will not have before training', async () => {
    await expect(savedFiles({ path: 'none/x' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringMatching(/Could not write.*none/),
    })
    await expect(savedFiles({ path: '{accuracy}' })).rejects.toThrow(/a key of the logs \(loss, valLoss\) for path/)
    const run = play(callbacks.modelCheckpoint({ path: join(folder, '{valLoss}') }), [1], { logKeys: ['loss'] })
    await expect(run).rejects.toThrow(/Could not monitor valLoss/)
  })
})
