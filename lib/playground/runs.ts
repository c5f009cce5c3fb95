import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { TrainingError } from '../base/errors.js'
import { beginEvents } from '../base/local-server.js'
import type { Choice, Ended } from './messages.js'
import { Play } from './play.js'

/** The shortest time between two frames, in milliseconds: about 30 a second. */
const frameMs = 1000 / 32
/** Networks in training at once. */
export const mostRuns = 8

interface Run {
  readonly play: Play
  readonly controller: AbortController
  isPaused: boolean
  /** Frames that a paused run still owes. */
  steps: number
  wake: () => void
}

/** The networks in training, one for each open page. */
export class Runs {
  readonly #runs = new Map<string, Run>()

  /**
   * Trains, and writes a frame after every few epochs, until the page closes.
   * @returns false where too many networks are in training.
   */
  start(choice: Choice, response: ServerResponse): boolean {
    if (this.#runs.size >= mostRuns) return false
    const id = randomUUID()
    const run: Run = {
      ...{ play: new Play(choice, id), controller: new AbortController() },
      ...{ isPaused: false, steps: 0, wake: () => {} },
    }
    this.#runs.set(id, run)
    const send = beginEvents(response)
    response.on('close', () => end(run))
    void this.#train(run, send, response).finally(() => {
      this.#runs.delete(id)
      run.play.dispose()
      response.end()
    })
    return true
  }

  /** Pauses, goes on, makes one frame, or sets the learning rate. @returns false where there is nothing to do. */
  control(id: string, what: string, rate: number): boolean {
    const run = this.#runs.get(id)
    if (!run) return false
    if (what === 'rate') {
      if (!(rate > 0 && rate <= 10)) return false
      run.play.learningRate = rate
      return true
    }
    if (!['pause', 'resume', 'step'].includes(what)) return false
    run.isPaused = what !== 'resume'
    if (what === 'step') run.steps++
    run.wake()
    return true
  }

  endAll(): void {
    for (const run of this.#runs.values()) end(run)
  }

  async #train(run: Run, send: (event: string, data: unknown) => boolean, response: ServerResponse): Promise<void> {
    const { play, controller } = run
    const { signal } = controller
    const wait = (until: (done: () => void) => void) =>
      new Promise<void>((resolve) => {
        run.wake = resolve
        until(resolve)
      })
    try {
      send('scene', play.scene)
      for (let due = performance.now(); !signal.aborted; ) {
        if (run.isPaused && run.steps === 0) {
          await wait(() => {})
          continue
        }
        if (run.steps > 0) run.steps--
        send('frame', await play.next(signal))
        // A page that cannot follow gets fewer frames.
        while (response.writableNeedDrain && !signal.aborted) await wait((done) => response.once('drain', done))
        due = Math.max(due + frameMs, performance.now())
        await setTimeout(due - performance.now(), undefined, { signal })
      }
    } catch (error) {
      if (signal.aborted) return
      const isDiverged = error instanceof TrainingError
      const reason = isDiverged
        ? 'The numbers of the network became infinite: take a lower rate.'
        : 'Something went wrong.'
      send('ended', { reason } satisfies Ended)
    }
  }
}

function end(run: Run): void {
  run.controller.abort()
  run.wake()
}
