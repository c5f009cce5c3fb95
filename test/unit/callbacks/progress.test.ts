import { describe, expect, it } from 'vitest'
import { progress } from '../../../lib/callbacks/progress.js'
import type { Callback, Progress, TrainingRun } from '../../../lib/callbacks/types.js'

function makeStream(isTTY: boolean, columns?: number) {
  const texts: string[] = []
  return { isTTY, columns, texts, write: (text: string) => texts.push(text) }
}

const sample: Progress = {
  epoch: 1,
  epochs: 12,
  step: 5,
  steps: 10,
  samplesPerSecond: 12_345,
  etaSeconds: 185,
  loss: 0.25,
  metrics: { accuracy: 0.5 },
}

function play(callback: Callback, epochs = 1) {
  callback.onTrainBegin?.({} as TrainingRun)
  for (let epoch = 0; epoch < epochs; epoch++) {
    callback.onEpochBegin?.(epoch)
    callback.onProgress?.({ ...sample, epoch, epochs })
    callback.onProgress?.({ ...sample, epoch, epochs, step: 10 })
    callback.onEpochEnd?.(epoch, { loss: 0.25, valLoss: 1e-5 })
  }
  callback.onTrainEnd?.({})
}

describe('progress', () => {
  it('writes one plain line per epoch to a stream that is not a terminal', () => {
    const stream = makeStream(false)
    play(progress({ stream }), 2)
    const lines = stream.texts.join('').split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^Epoch 1\/2 0\.0s {2}loss 0\.2500 {2}valLoss 1\.00e-5 {2}12\.3k rows\/s$/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: asserts that there are none
    expect(stream.texts.join('')).not.toMatch(/[\r\x1b]/)
  })

  it('redraws a bar in a terminal', () => {
    const stream = makeStream(true, 120)
    const callback = progress({ stream, width: 10 })
    callback.onEpochBegin?.(1)
    callback.onProgress?.(sample)
    expect(stream.texts).toEqual([
      '\rEpoch  2/12 [=====     ]  loss 0.2500  accuracy 0.5000  12.3k rows/s  3m05s left\x1b[K',
    ])
    callback.onEpochEnd?.(1, { loss: 0.25 })
    expect(stream.texts.at(-1)).toBe('\n')
  })

  it('limits how often it redraws the bar', () => {
    const stream = makeStream(true)
    const callback = progress({ stream })
    for (let i = 0; i < 100; i++) callback.onProgress?.(sample)
    expect(stream.texts.length).toBeLessThan(5)
  })

  it('shortens the bar and not the numbers in a terminal of 80 columns', () => {
    const stream = makeStream(true, 80)
    progress({ stream }).onProgress?.(sample)
    const line = stream.texts[0]!.replace('\r', '').replace('\x1b[K', '')
    expect(line).toMatch(/^Epoch {2}2\/12 \[=+ +\] .* 3m05s left$/)
    expect(line).toHaveLength(79)
  })

  it('leaves the last column free, and ends the line when training ends within an epoch', () => {
    const stream = makeStream(true, 30)
    const callback = progress({ stream })
    callback.onProgress?.(sample)
    expect(stream.texts[0]!.replace('\r', '').replace('\x1b[K', '')).toHaveLength(29)
    callback.onTrainEnd?.({})
    expect(stream.texts.at(-1)).toBe('\n')
  })

  it.each<[string, object, RegExp]>([
    ['an unknown option', { with: 5 }, /Did you mean width/],
    ['a width of 0', { width: 0 }, /width/],
    ['an object without write()', { stream: {} }, /a stream with write/],
    ['a stream of null', { stream: null }, /stream/],
  ])('rejects %s', (_, options, message) => {
    expect(() => progress(options as never)).toThrow(message)
  })
})
