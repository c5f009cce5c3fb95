import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiled } from '../../native/programs/run.js'

/** A command that has ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export const folder = () => mkdtempSync(join(tmpdir(), 'perceptra-cli-'))

/** Starts the command line in a folder. */
export function start(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [compiled('perceptra'), ...args], { cwd, env: { ...process.env, DEBUG: '', ...env } })
}

/** What a command printed, when it has ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  const text = { out: '', err: '' }
  child.stdout!.on('data', (block) => {
    text.out += block
  })
  child.stderr!.on('data', (block) => {
    text.err += block
  })
  // On a slow machine there are lines of progress.
  const progress = /^(reading|preparing|training|searching|predicting|measuring|inspecting|writing)\b.*\n/gm
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, out: text.out, err: text.err.replaceAll(progress, '') })),
  )
}

/** Runs a command to its end. @param input what it reads from standard input. */
export function run(cwd: string, args: readonly string[], input: string | Uint8Array = '', env = {}): Promise<Ended> {
  const child = start(cwd, args, env)
  child.stdin!.on('error', () => {})
  child.stdin!.end(input)
  return ended(child)
}

export const customers = Array.from({ length: 400 }, (_, i) => {
  const [plan, months, calls] = [['basic', 'pro', 'team'][i % 3]!, (i * 7) % 48, (i * 11) % 9]
  return { number: i, plan, months, calls, churned: calls > 4 && plan !== 'team' ? 'yes' : 'no' }
})

const names = ['number', 'plan', 'months', 'calls', 'churned'] as const

export const csvOf = (rows: readonly (typeof customers)[number][], delimiter = ',') =>
  `${[names, ...rows.map((row) => names.map((name) => row[name]))].map((row) => row.join(delimiter)).join('\n')}\n`

/** A folder with customers.csv. */
export function withCustomers(): string {
  const path = folder()
  writeFileSync(join(path, 'customers.csv'), csvOf(customers))
  return path
}
