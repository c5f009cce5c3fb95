import { checkBoolean, checkInteger, checkOptions, invalid, optionKeys } from '../base/check.js'
import type { Logs } from '../base/history.js'
import { perRun } from './per-run.js'
import type { Callback, Progress, TrainingRun } from './types.js'

/** A stream for progress: process.stdout, or any object that writes text. */
export interface ProgressStream {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** process.stdout by default. */
  stream?: ProgressStream | undefined
  /** The length of the bar in characters, from 1 to 200; 24 by default. */
  width?: number | undefined
  /** Whether to draw the bar in a terminal; true by default. With false there is one line per epoch everywhere. */
  bar?: boolean | undefined
}

/** Milliseconds between two drawings of the bar. */
const redrawMs = 50

/**
 * Shows the progress of training: in a terminal a bar, redrawn in place, with epoch, loss, metrics, rows per second and
 * remaining time; in other streams one plain line per epoch.
 * @throws ArgumentError for wrong options.
 * @example
 * const { train } = datasets.digits()
 * await model.fit(train.x, train.y, { epochs: 3, callbacks: [callbacks.progress({ width: 40 })] })
 */
export function progress(options: ProgressOptions = {}): Callback {
  checkOptions(options, 'callbacks.progress()', optionKeys<ProgressOptions>({ stream: true, width: true, bar: true }))
  const { stream = process.stdout } = options
  if (typeof stream?.write !== 'function') throw invalid('stream', 'a stream with write()', stream)
  const width = checkInteger(options.width ?? 24, 'width', { min: 1, max: 200 })
  const bar = checkBoolean(options.bar ?? true, 'bar') && Boolean(stream.isTTY)
  return perRun(() => new ProgressBar(stream, width, bar))
}

class ProgressBar implements Callback {
  readonly #stream: ProgressStream
  readonly #width: number
  readonly #draws: boolean
  #last: Progress | undefined
  #epochBegan = 0
  #drawTime = Number.NEGATIVE_INFINITY
  /** Whether the current line of the terminal is an unfinished bar. */
  #open = false
  #isQuiet = false

  /** @param draws whether the stream is a terminal in which the bar is redrawn. */
  constructor(stream: ProgressStream, width: number, draws: boolean) {
    this.#stream = stream
    this.#width = width
    this.#draws = draws
  }

  onTrainBegin({ rank }: TrainingRun): void {
    // One rank of a group is enough.
    this.#isQuiet = rank > 0
  }

  onEpochBegin(): void {
    this.#epochBegan = performance.now()
  }

  onProgress(progress: Progress): void {
    this.#last = progress
    if (this.#isQuiet || !this.#draws || performance.now() - this.#drawTime < redrawMs) return
    const { step, steps, samplesPerSecond, etaSeconds, loss, metrics } = progress
    const head = this.#epoch(progress.epoch)
    const parts = [
      ...format({ loss, ...metrics }),
      `${rate(samplesPerSecond)} rows/s`,
      ...(Number.isFinite(etaSeconds) ? [`${duration(etaSeconds)} left`] : []),
    ]
    const tail = parts.join('  ')
    // The numbers come first; the bar gets the remaining columns, minus its brackets and spaces.
    const room = Math.min(this.#width, this.#columns - head.length - tail.length - 5)
    this.#draw(room > 0 ? `${head} ${bar(step / steps, room)}  ${tail}` : `${head} ${tail}`)
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    if (this.#isQuiet) return
    const seconds = (performance.now() - this.#epochBegan) / 1000
    const parts = [duration(seconds), ...format(logs), `${rate(this.#last?.samplesPerSecond ?? 0)} rows/s`]
    const line = `${this.#epoch(epoch)} ${parts.join('  ')}`
    if (this.#draws) this.#draw(line)
    else this.#stream.write(line)
    this.#close()
  }

  onTrainEnd(): void {
    if (this.#open) this.#close()
  }

  /** One column less than the terminal has: a line that wraps cannot be redrawn. */
  get #columns(): number {
    return (this.#stream.columns || 80) - 1
  }

  #epoch(epoch: number): string {
    const epochs = `${this.#last?.epochs ?? epoch + 1}`
    return `Epoch ${`${epoch + 1}`.padStart(epochs.length)}/${epochs}`
  }

  #draw(line: string): void {
    this.#stream.write(`\r${line.slice(0, this.#columns)}\x1b[K`)
    this.#drawTime = performance.now()
    this.#open = true
  }

  #close(): void {
    this.#stream.write('\n')
    this.#open = false
    this.#drawTime = Number.NEGATIVE_INFINITY
  }
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width)
  return `[${'='.repeat(full)}${' '.repeat(width - full)}]`
}

function format(logs: Record<string, number>): string[] {
  return Object.entries(logs).map(([key, value]) => {
    const small = value !== 0 && Math.abs(value) < 1e-3
    return `${key} ${small || Math.abs(value) >= 1e5 ? value.toExponential(2) : value.toFixed(4)}`
  })
}

/** 950, 12.3k, 1.25M: three significant digits. */
function rate(perSecond: number): string {
  const [unit, letter] = perSecond >= 1e6 ? [1e6, 'M'] : perSecond >= 1e3 ? [1e3, 'k'] : [1, '']
  const value = perSecond / unit
  return `${value.toFixed(unit === 1 || value >= 100 ? 0 : value >= 10 ? 1 : 2)}${letter}`
}

/** 0.4s, 12s, 3m05s, 2h07m. */
function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  const pad = (n: number) => `${n}`.padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`
}
