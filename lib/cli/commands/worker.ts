import { startWorker, type WorkerEvent } from '../../distributed/index.js'
import { exits, messageOf } from '../terminal/failure.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Options of `worker`. */
export interface WorkerOptions extends CommonOptions {
  readonly redis: string
  readonly name: string
  readonly concurrency?: number
  readonly grace: number
  readonly rows?: string
}

/** Takes jobs of a queue until a signal ends it. */
export async function worker(options: WorkerOptions): Promise<number> {
  const { redis, name, concurrency, grace, rows } = options
  const output = new Output(options)
  const started = await startWorker({
    ...{ connection: redis, name, concurrency, rows },
    onEvent: (event) => show(output, event),
  })
  output.result({
    ...{ event: 'ready', queue: name, redis: started.redis, concurrency: started.concurrency },
    ...{ version: started.version, pid: process.pid },
  })
  const count = started.concurrency === 1 ? 'one job' : `${started.concurrency} jobs`
  output.line(`Takes jobs of the queue ${name} at ${started.redis}, ${count} at once. Ctrl-C ends it.`)
  let isEnding = false
  const signaled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // The second signal does not wait: other workers get the jobs when their locks have run out.
        if (isEnding) process.exit(exits.interrupted)
        isEnding = true
        resolve()
      })
    }
  })
  try {
    await Promise.race([signaled, started.failed])
  } finally {
    await started.close({ grace })
  }
  output.result({ event: 'closed' })
  return exits.done
}

function show(output: Output, event: WorkerEvent): void {
  if (output.json) {
    output.result('error' in event ? { ...event, error: messageOf(event.error) } : event)
    return
  }
  const text = textOf(event)
  if (text !== '') output.note(text)
}

function textOf(event: WorkerEvent): string {
  switch (event.event) {
    case 'refused':
      return `Refused the job ${event.job}: ${messageOf(event.error)}`
    case 'away':
      return `Redis does not answer (${messageOf(event.error)}). Jobs go on when it is back.`
    case 'givenBack':
      return `Gave the job ${event.job} back.`
    default:
      return ''
  }
}
