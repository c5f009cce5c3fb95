import { CommanderError } from './commander.js'
import { type Outside, programOf } from './program.js'
import { exits, isExpected, messageOf, UsageError } from './terminal/failure.js'

/**
 * Runs one command.
 * @param args the words after `perceptra`.
 * @returns the exit code: 0, 1 after a failure, 2 for a wrong command line, 130 after Ctrl-C.
 */
export async function main(args: readonly string[], outside: Outside): Promise<number> {
  process.stdout.on('error', endOfPipe)
  let code: number = exits.done
  const program = programOf(outside, (result) => {
    code = result
  })
  for (const command of [program, ...program.commands]) command.exitOverride()
  if (args.length === 0) program.outputHelp()
  else {
    try {
      await program.parseAsync(args, { from: 'user' })
    } catch (error) {
      return report(error, args)
    }
  }
  return code
}

function report(error: unknown, args: readonly string[]): number {
  // Commander has printed it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage
  const isAbort = (error as Error | undefined)?.name === 'AbortError'
  const isDebug = args.includes('--debug') || /(^|,)perceptra|^[1*]$/.test(process.env.DEBUG ?? '')
  console.error(`perceptra ${args[0]}: ${messageOf(error)}`)
  if (isDebug) console.error(error)
  else if (!isExpected(error) && !isAbort)
    console.error('This may be a bug of perceptra: --debug shows where it came from.')
  if (isAbort) return exits.interrupted
  return error instanceof UsageError ? exits.usage : exits.failed
}

/** `perceptra predict ... | head` ends quietly when head does. */
function endOfPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exits.done)
  throw error
}
