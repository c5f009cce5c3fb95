import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** performance.timeOrigin-based milliseconds at which the process was gone. */
  at: number
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs a program of this folder to its end, on the sources. One that hangs is killed: its `signal` tells. */
export function runProgram(name: string, args: string[] = [], flags: string[] = [], env = {}): Promise<Ended> {
  const path = fileURLToPath(new URL(name, import.meta.url))
  const loader = name.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...flags, ...loader, path, ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: 40_000,
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
