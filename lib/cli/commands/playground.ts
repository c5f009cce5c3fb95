import { servePlayground } from '../../playground/index.js'
import { exits } from '../terminal/failure.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Serves the playground until Ctrl-C. */
export async function playground(
  options: CommonOptions & { readonly port: number; readonly host: string },
): Promise<number> {
  const { port, host } = options
  const output = new Output(options)
  const served = await servePlayground({ port, host })
  output.result({ event: 'listening', url: served.url })
  output.line(`The playground is at ${served.url} Ctrl-C ends it.`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await served.close()
  return exits.done
}
