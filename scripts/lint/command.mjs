import { spawn } from 'node:child_process'
import { root } from '../setup/paths.mjs'

/** Runs a command; resolves to '' if it exits with 0, otherwise to its output. */
export function problemsOf(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
    }
    child.on('error', (error) => resolve(`${command}: ${error.message}`))
    child.on('close', (code, signal) =>
      resolve(code === 0 ? '' : text.trim() || `${command} ended with ${code ?? signal}`),
    )
  })
}
