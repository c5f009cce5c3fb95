import type { Batcher } from './batcher.js'
import type { Metrics } from './metrics.js'
import type { ServerSettings } from './options.js'
import type { Servable } from './servable.js'
import type { Traces } from './traces.js'

/** The server as its HTTP routes see it. */
export interface Host {
  readonly settings: ServerSettings
  readonly names: readonly string[]
  readonly isReady: boolean
  versions(name: string): string[]
  find(name: string, version: string | undefined): Servable | Promise<Servable>
  /** Undefined without the option metrics, and until all is loaded. */
  readonly metrics: Metrics | undefined
  /** Undefined where @opentelemetry/api is not installed, and until all is loaded. */
  readonly traces: Traces | undefined
  batcher(name: string): Batcher
  /** A request begins, and ends: `close` waits for it. */
  begin(): void
  end(): void
}
