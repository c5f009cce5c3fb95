import { describe, expect, it } from 'vitest'
import { progress } from '../../../lib/callbacks/progress.js'
import type { Callback, Progress, TrainingRun } from '../../../lib/callbacks/types.js'

function stream(isTTY: boolean, columns?: number) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

const now: Progress = {
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
    callback.onProgress?.({ ...now, epoch, epochs })
    callback.onProgress?.({ ...now, epoch, epochs, step: 10 })
    callback.onEpochEnd?.(epoch, { loss: 0.25, valLoss: 1e-5 })
  }
  callback.onTrainEnd?.({})
}

describe('progress', () => {
  it('writes one plain line an epoch where there is no terminal', () => {
    const to = stream(false)
    play(progress({ stream: to }), 2)
    const lines = to.written.join('').split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^Epoch 1\/2 0\.0s {2}loss 0\.2500 {2}valLoss 1\.00e-5 {2}12\.3k rows\/s$/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
    expect(to.written.join('')).not.toMatch(/[\r\x1b]/)
  })

  it('rewrites a bar in a terminal', () => {
    const to = stream(true, 120)
    const callback = progress({ stream: to, width: 10 })
    callback.onEpochBegin?.(1)
    callback.onProgress?.(now)
    expect(to.written).toEqual([
      '\rEpoch  2/12 [=====     ]  loss 0.2500  accuracy 0.5000  12.3k rows/s  3m05s left\x1b[K',
    ])
    callback.onEpochEnd?.(1, { loss: 0.25 })
    expect(to.written.at(-1)).toBe('\n')
  })

  it('does not draw more often than the eye sees', () => {
    const to = stream(true)
    const callback = progress({ stream: to })
    for (let i = 0; i < 100; i++) callback.onProgress?.(now)
    expect(to.written.length).toBeLessThan(5)
  })

  it('shrinks the bar, not the numbers, in a terminal of 80 columns', () => {
    const to = stream(true, 80)
    progress({ stream: to }).onProgress?.(now)
    const line = to.written[0]!.replace('\r', '').replace('\x1b[K', '')
    expect(line).toMatch(/^Epoch {2}2\/12 \[=+ +\] .* 3m05s left$/)
    expect(line).toHaveLength(79)
  })

  it('never fills the line, and ends it when training ends in the middle', () => {
    const to = stream(true, 30)
    const callback = progress({ stream: to })
    callback.onProgress?.(now)
    expect(to.written[0]!.replace('\r', '').replace('\x1b[K', '')).toHaveLength(29)
    callback.onTrainEnd?.({})
    expect(to.written.at(-1)).toBe('\n')
  })

  it.each<[string, object, RegExp]>([
    ['an unknown option', { with: 5 }, /Did you mean width/],
    ['a width of 0', { width: 0 }, /width/],
    ['no stream', { stream: {} }, /a stream with write/],
    ['null', { stream: null }, /stream/],
  ])('refuses %s', (_, options, message) => {
    expect(() => progress(options as never)).toThrow(message)
  })
})
