import { accessSync } from 'node:fs'
import { launch as launchRanks } from '../../distributed/launch/launch.js'
import { exits, UsageError } from '../terminal/failure.js'
import { Interrupt } from '../terminal/interrupt.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Options of `launch`. */
export interface LaunchCommandOptions extends CommonOptions {
  readonly processes: number
  readonly nodes: { readonly min: number; readonly max: number }
  readonly endpoint?: { readonly host: string; readonly port: number }
  readonly maxRestarts: number
  readonly id: string
  readonly timeout: number
}

/** Starts the ranks of this machine, and again when one fails, until all are done. */
export async function launch(
  program: string,
  args: readonly string[],
  { nodes, endpoint, processes, maxRestarts, id, timeout, ...common }: LaunchCommandOptions,
): Promise<number> {
  accessSync(program)
  const secret = process.env.PERCEPTRA_SECRET
  if (nodes.max > 1 && !endpoint) throw new UsageError('Several machines need --endpoint HOST:PORT, the same on all.')
  if (endpoint && secret === undefined) {
    throw new UsageError("--endpoint needs PERCEPTRA_SECRET, the same on all machines: e.g. of 'openssl rand -hex 32'.")
  }
  const output = new Output(common)
  const interrupt = new Interrupt()
  try {
    const { end, message } = await launchRanks({
      ...{ command: [program, ...args], processes, maxRestarts, id, timeout, endpoint },
      ...{ minNodes: nodes.min, maxNodes: nodes.max, secret: endpoint && secret, signal: interrupt.signal },
      print(rank, stream, line) {
        if (output.json) output.result({ event: 'output', rank, stream, text: line })
        else process[stream].write(`[${rank}] ${line}\n`)
      },
      note: (text) => output.note(`perceptra launch: ${text}.`),
    })
    if (end === 'interrupted') return exits.interrupted
    if (end === 'done') return exits.done
    output.note(`perceptra launch: ${message}.`)
    return exits.failed
  } finally {
    interrupt.end()
  }
}
