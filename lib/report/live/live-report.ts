import type { ServerResponse } from 'node:http'
import { checkOptions, checkString, optionKeys } from '../../base/check.js'
import type { Logs } from '../../base/history.js'
import {
  beginEvents,
  htmlType,
  type LocalServer,
  type LocalServerOptions,
  localServerKeys,
  type Reply,
  serveLocally,
} from '../../base/local-server.js'
import type { Callback, Progress, TrainingRun } from '../../callbacks/types.js'
import type { TabularProgress } from '../../tabular/options.js'
import type { HistoryLike } from '../options.js'
import type { LiveEpoch, LiveState } from './messages.js'
import { livePage } from './page-code.js'

/** Options of `serveReport`. */
export interface LiveReportOptions extends LocalServerOptions {
  /** The heading of the page while training runs. `'Training'` by default. */
  title?: string | undefined
}

/** A page that shows training while it runs, and then the report. */
export interface LiveReport {
  /** The address of the page. */
  readonly url: string
  /** For `fit` of a network or a NetworkClassifier: `callbacks: live.callback`. */
  readonly callback: Callback
  /** For `fit` of a table model: `onProgress: live.onProgress`. */
  readonly onProgress: (progress: TabularProgress) => void
  /** The curves so far of the last run, for the option `history` of `report`: table models keep none. */
  readonly history: HistoryLike
  /** Shows a page in place of the curves: what `report` returned. Open pages change to it. */
  show(page: string): void
  /** Stops listening. */
  close(): Promise<void>
}

/**
 * Serves a page on this machine that shows the curves of training while it runs, and the report once `show` has it.
 * @throws ArgumentError for wrong options; Node's error where the port is taken.
 * @example
 * const live = await serveReport({ title: 'Digits' })
 * console.log(live.url) // open it in a browser
 * const { train, test } = datasets.digits()
 * const history = await model.fit(train.x, train.y, { epochs: 3, validationSplit: 0.1, callbacks: live.callback })
 * live.show(await report(model, { x: test.x, y: test.y, history, inspect: false }))
 * await live.close()
 */
export async function serveReport(options: LiveReportOptions = {}): Promise<LiveReport> {
  const keys = [...localServerKeys, ...optionKeys<Pick<LiveReportOptions, 'title'>>({ title: true })]
  checkOptions(options, 'serveReport()', keys)
  const { title = 'Training', ...where } = options
  const watched = new Watched(checkString(title, 'title'))
  const server: LocalServer = await serveLocally(where, ({ method, path }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return nothing
    if (path === '/') return { status: 200, text: watched.page ?? livePage, type: htmlType }
    if (path === '/events' && method === 'GET') return watched.follow(response)
    return nothing
  })
  return {
    url: server.url,
    get history() {
      return watched.history
    },
    callback: watched.callback,
    onProgress: (progress) => watched.progress(progress),
    show: (page) => watched.show(checkString(page, 'page')),
    close: server.close,
  }
}

const nothing: Reply = { status: 404, text: 'There is nothing here.' }

/** What is known of a run, and the pages that follow it. */
class Watched {
  page: string | undefined
  #state: LiveState
  /** The last epoch that a table model told. */
  #tableEpoch = 0
  readonly #epochs: LiveEpoch[] = []
  readonly #pages = new Set<(event: string, data: unknown) => boolean>()

  constructor(title: string) {
    this.#state = { title, stage: 'waiting', epoch: 0, epochs: 0, etaSeconds: null }
  }

  get history(): HistoryLike {
    const keys = new Set(this.#epochs.flatMap(({ logs }) => Object.keys(logs)))
    const valuesOf = (key: string) => this.#epochs.map(({ logs }) => logs[key] ?? Number.NaN)
    return {
      epochs: this.#epochs.map(({ epoch }) => epoch - 1),
      logs: Object.fromEntries(Array.from(keys, (key) => [key, valuesOf(key)])),
    }
  }

  /** A network's epochs. */
  readonly callback: Callback = {
    onTrainBegin: ({ epochs }: TrainingRun) => this.#tell({ stage: 'training', epochs }),
    onProgress: ({ etaSeconds }: Progress) => this.#tell({ etaSeconds: finite(etaSeconds) }),
    onEpochEnd: (epoch: number, logs: Logs) => {
      this.#tell({ epoch: epoch + 1 })
      this.#record({ epoch: epoch + 1, logs: plain(logs) })
    },
    onTrainEnd: () => this.#tell({ stage: 'trained', etaSeconds: null }),
  }

  /** A table model's progress: after each epoch its score. */
  progress({ stage, epoch, epochs, etaSeconds, ...rest }: TabularProgress): void {
    this.#tell({ stage, epoch, epochs, etaSeconds: finite(etaSeconds) })
    // Each run begins with other stages.
    if (stage !== 'training') this.#tableEpoch = 0
    if (epoch <= this.#tableEpoch) return
    this.#tableEpoch = epoch
    this.#record({ epoch, logs: plain(rest) })
  }

  show(page: string): void {
    this.page = page
    this.#send('report', {})
  }

  /** Tells a page all that is known, then what comes. */
  follow(response: ServerResponse): undefined {
    const send = beginEvents(response)
    this.#pages.add(send)
    response.on('close', () => this.#pages.delete(send))
    send('state', this.#state)
    // After a lost connection the page may have curves of an earlier run.
    send('restart', {})
    for (const epoch of this.#epochs) send('epoch', epoch)
    if (this.page !== undefined) send('report', {})
  }

  #tell(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change }
    this.#send('state', this.#state)
  }

  /** Notes an epoch. One that is not after the last one begins another run, whose curves take the place of those so far. */
  #record(epoch: LiveEpoch): void {
    if (epoch.epoch <= (this.#epochs.at(-1)?.epoch ?? 0)) {
      this.#epochs.length = 0
      this.#send('restart', {})
    }
    this.#epochs.push(epoch)
    this.#send('epoch', epoch)
  }

  #send(event: string, data: unknown): void {
    for (const send of this.#pages) send(event, data)
  }
}

const finite = (seconds: number) => (Number.isFinite(seconds) ? seconds : null)

/** The figures of an epoch without those of single tensors, and without what is not a number. */
function plain(logs: Readonly<Record<string, unknown>>): Record<string, number> {
  const entries = Object.entries(logs).filter(([key, value]) => !key.includes('.') && Number.isFinite(value))
  return Object.fromEntries(entries) as Record<string, number>
}
