import type { Batcher } from './batcher.js'
import type { ServerSettings } from './options.js'
import type { Servable } from './servable.js'

/** The server as its HTTP routes see it. */
export interface Host {
  readonly settings: ServerSettings
  readonly names: readonly string[]
  readonly isReady: boolean
  versions(name: string): string[]
  find(name: string, version: string | undefined): Promise<Servable>
  batcher(name: string): Batcher
  counted<R>(work: () => Promise<R>): Promise<R>
}
