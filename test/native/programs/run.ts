import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

/** The result of a process. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** When the process ended: milliseconds since the epoch (performance.timeOrigin + performance.now()). */
  at: number
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The compiled file of a program of this folder. @param name without .ts. */
export function compiled(name: string): string {
  return join(inject('programs'), `${name}.js`)
}

/** Runs a program of this folder. Kills it after `timeout` ms; `signal` is set then. */
export function runProgram(
  name: string,
  args: string[] = [],
  flags: string[] = [],
  env = {},
  timeout = 40_000,
): Promise<Ended> {
  const path = name.endsWith('.ts') ? compiled(name.slice(0, -3)) : fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [...flags, path, ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout,
    killSignal: 'SIGKILL',
  })
  const ended: Ended = { code: null, signal: null, stdout: '', stderr: '', at: 0 }
  child.stdout.on('data', (text) => (ended.stdout += text))
  child.stderr.on('data', (text) => (ended.stderr += text))
  child.on('exit', () => (ended.at = performance.timeOrigin + performance.now()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ ...ended, code, signal }))
  })
}

export const clean = { code: 0, signal: null, stderr: '' }
