import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The result of a process. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs the demo in a process, with pipes in place of a terminal.
 * @param interruptAt sends SIGINT, as Ctrl-C does, once stdout contains this text.
 */
export function spawnDemo(args: readonly string[], interruptAt?: string): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/demo.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  })
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  let interrupted = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    outcome.stdout += text
    if (interrupted || interruptAt === undefined || !outcome.stdout.includes(interruptAt)) return
    interrupted = true
    child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    outcome.stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code }))
  })
}

/** The accuracy that the demo printed, from 0 to 1. */
export function accuracyOf(stdout: string): number {
  return Number(/^Test accuracy: ([\d.]+) %/m.exec(stdout)?.[1]) / 100
}

/** The seconds of training that the demo printed. */
export function secondsOf(stdout: string): number {
  return Number(/ in ([\d.]+) seconds$/m.exec(stdout)?.[1])
}

/** The confusion matrix that the demo printed. */
export function confusionOf(stdout: string): number[][] {
  const rows = stdout.match(/^\d[^|]* \|[ \d.]+$/gm) ?? []
  return rows.map((row) => {
    const cells = row.split('|')[1]!.trim().split(/ +/)
    return cells.map((cell) => (cell === '.' ? 0 : Number(cell)))
  })
}
