import { duration, figure } from './numbers.js'
import type { Output } from './output.js'

/** How far a command is. */
export interface Step {
  /** What is being done: reading, training. */
  readonly stage: string
  /** Parts done, and all of them; left out where unknown. */
  readonly done?: number
  readonly total?: number
  /** What the parts are. */
  readonly unit?: string
  readonly loss?: number | undefined
  readonly score?: number | undefined
  readonly etaSeconds?: number | undefined
}

const redrawMs = 80
const plainMs = 2000
const barWidth = 24

/** Shows progress on stderr: a line that is redrawn in a terminal, a plain line now and then elsewhere, events with --json. */
export class ProgressLine {
  readonly #output: Output
  readonly #isTerminal = Boolean(process.stderr.isTTY) && process.env.TERM !== 'dumb'
  #next = 0
  /** Short work shows no plain lines. */
  #nextPlain = performance.now() + plainMs
  #stage = ''
  #isOpen = false

  constructor(output: Output) {
    this.#output = output
  }

  show(step: Step): void {
    const now = performance.now()
    if (!this.#isTerminal && !this.#output.json) {
      this.#plain(now, step)
      return
    }
    const isNew = step.stage !== this.#stage
    if (now < this.#next && !isNew) return
    this.#stage = step.stage
    if (this.#output.json) {
      this.#next = now + plainMs
      this.#output.result({ event: 'progress', ...finite(step) })
    } else {
      this.#next = now + redrawMs
      const room = (process.stderr.columns || 80) - 1
      process.stderr.write(`\r${textOf(step, true).slice(0, room)}\x1b[K`)
      this.#isOpen = true
    }
  }

  /** Removes the line of a terminal, so that the next text begins at its start. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\r\x1b[K')
    this.#isOpen = false
    this.#stage = ''
  }

  #plain(now: number, step: Step): void {
    if (now < this.#nextPlain) return
    this.#nextPlain = now + plainMs
    process.stderr.write(`${textOf(step, false)}\n`)
  }
}

function textOf({ stage, done, total, unit, loss, score, etaSeconds }: Step, withBar: boolean): string {
  const share = done !== undefined && total ? Math.min(1, done / total) : undefined
  const full = Math.round((share ?? 0) * barWidth)
  return [
    stage,
    withBar && share !== undefined && `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`,
    done !== undefined &&
      `${done.toLocaleString('en-US')}${total ? `/${total.toLocaleString('en-US')}` : ''} ${unit ?? ''}`.trim(),
    loss !== undefined && `loss ${figure(loss)}`,
    score !== undefined && `score ${figure(score)}`,
    etaSeconds !== undefined && Number.isFinite(etaSeconds) && etaSeconds > 0 && `${duration(etaSeconds)} left`,
  ]
    .filter(Boolean)
    .join('  ')
}

/** JSON has no infinity. */
function finite(step: Step): object {
  return Object.fromEntries(
    Object.entries(step).filter(([, value]) => typeof value === 'string' || Number.isFinite(value)),
  )
}
