import { loadOptional } from '../base/optional-package.js'
import type { DriftReport } from '../tabular/drift.js'

/** What is used of a counter, histogram or gauge of prom-client. */
interface Instrument {
  inc(labels: Record<string, string>, value?: number): void
  observe(labels: Record<string, string>, value: number): void
  set(labels: Record<string, string>, value: number): void
  reset(): void
}

type InstrumentClass = new (options: object) => Instrument

/** What is used of prom-client. */
interface PromClient {
  Registry: new () => { metrics(): Promise<string>; contentType: string }
  Counter: InstrumentClass
  Histogram: InstrumentClass
  Gauge: InstrumentClass
}

/** From 50 us, a row of a small network, to ten seconds. */
const secondsBuckets = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10]
const rowsBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Figures of the server in the format of Prometheus, kept by prom-client. */
export class Metrics {
  readonly #registry
  readonly #requests: Instrument
  readonly #seconds: Instrument
  readonly #rows: Instrument
  readonly #batchRows: Instrument

  /**
   * @param queue the rows that wait, by model.
   * @param drifts how the rows of models differ from those of training.
   */
  constructor(
    client: PromClient,
    queue: () => Iterable<[model: string, rows: number]>,
    drifts: () => Iterable<[model: string, drift: DriftReport]>,
  ) {
    this.#registry = new client.Registry()
    const options = (name: string, help: string, labelNames: string[], more: object = {}) => {
      return { name: `perceptra_${name}`, help, labelNames, registers: [this.#registry], ...more }
    }
    this.#requests = new client.Counter(
      options('requests_total', 'Requests, by model and status.', ['model', 'status']),
    )
    const seconds = options('request_seconds', 'Time of requests that ask a model.', ['model'])
    this.#seconds = new client.Histogram({ ...seconds, buckets: secondsBuckets })
    this.#rows = new client.Counter(options('rows_total', 'Rows that were predicted.', ['model', 'version']))
    const batchRows = options('batch_rows', 'Rows of different requests in one batch.', ['model'])
    this.#batchRows = new client.Histogram({ ...batchRows, buckets: rowsBuckets })
    const gauge: Instrument = new client.Gauge(
      options('queue_rows', 'Rows that wait or are being computed.', ['model'], {
        collect: () => {
          for (const [model, rows] of queue()) gauge.set({ model }, rows)
        },
      }),
    )
    const columns = (name: string, help: string, read: (column: DriftReport['columns'][number]) => number) => {
      const gauge: Instrument = new client.Gauge(
        options(name, help, ['model', 'column'], {
          collect: () => {
            // Another model under the name may have other columns.
            gauge.reset()
            for (const [model, report] of drifts())
              for (const column of report.columns) gauge.set({ model, column: column.column }, read(column))
          },
        }),
      )
    }
    columns('drift_psi', 'Population stability index against the rows of training.', ({ psi }) => psi)
    columns('drift_unknown_rows', 'Rows with a value that training did not have.', ({ unknown }) => unknown)
    columns(
      'drift_out_of_range_rows',
      'Rows with a number out of the range of training.',
      ({ below, above }) => below + above,
    )
  }

  /** @throws ArgumentError where prom-client is not installed. */
  static async load(
    queue: () => Iterable<[model: string, rows: number]>,
    drifts: () => Iterable<[model: string, drift: DriftReport]>,
  ): Promise<Metrics> {
    return new Metrics(await loadOptional<PromClient>('prom-client', 'metrics: true'), queue, drifts)
  }

  /** A request was answered; `model` is empty for those that ask none. */
  answered(model: string, status: number, ms: number): void {
    this.#requests.inc({ model, status: `${status}` })
    if (model !== '') this.#seconds.observe({ model }, ms / 1000)
  }

  predicted(model: string, version: string, rows: number): void {
    this.#rows.inc({ model, version }, rows)
  }

  batched(model: string, rows: number): void {
    this.#batchRows.observe({ model }, rows)
  }

  async text(): Promise<{ type: string; body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() }
  }
}
