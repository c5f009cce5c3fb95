import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { callbacks } from '../../../lib/index.js'
import { play } from './play.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

const values = [3, 2, 2.5, 1, 0.123456]
async function saved(options: Partial<callbacks.ModelCheckpointOptions>, given = values) {
  const path = join(folder, options.path ?? '{epoch}')
  const played = await play(callbacks.modelCheckpoint({ ...options, path }), given)
  return played.saved.map((name) => name.slice(folder.length + 1))
}

describe('modelCheckpoint', () => {
  it.each<[string, Partial<callbacks.ModelCheckpointOptions>, string[]]>([
    ['every epoch', {}, ['1', '2', '3', '4', '5']],
    ['one file', { path: 'net' }, ['net', 'net', 'net', 'net', 'net']],
    ['every second epoch', { everyEpochs: 2 }, ['2', '4']],
    ['only what is better', { saveBestOnly: true }, ['1', '2', '4', '5']],
    ['only what is better by minDelta', { saveBestOnly: true, minDelta: 1.2 }, ['1', '4']],
    ['only what is more', { saveBestOnly: true, mode: 'max' }, ['1']],
    ['only what is better by another key', { saveBestOnly: true, monitor: 'loss' }, ['1']],
    ['only what beats the best of before', { saveBestOnly: true, initialBest: 1 }, ['5']],
    ['no optimizer', { saveWeightsOnly: true, everyEpochs: 5 }, ['5 without']],
    ['under names from the logs', { path: '{epoch:3}-{valLoss:2}-{loss}', everyEpochs: 5 }, ['005-0.12-1.0000']],
  ])('saves %s', async (_, options, expected) => {
    expect(await saved(options)).toEqual(expected)
  })

  it('begins each run anew', async () => {
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
  ])('refuses %o', (options, message) => {
    expect(() => callbacks.modelCheckpoint(options as never)).toThrow(message)
  })

  it('refuses a folder that is not there, before training, and keys that are not', async () => {
    await expect(saved({ path: 'none/x' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringMatching(/Could not write.*none/),
    })
    await expect(saved({ path: '{accuracy}' })).rejects.toThrow(/a key of the logs \(loss, valLoss\) for path/)
    const run = play(callbacks.modelCheckpoint({ path: join(folder, '{valLoss}') }), [1], { logKeys: ['loss'] })
    await expect(run).rejects.toThrow(/Could not monitor valLoss/)
  })
})
