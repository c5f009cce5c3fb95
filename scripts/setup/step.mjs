import { spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, root } from './paths.mjs'

/** An error that the user must solve; shown without a stack. */
export class SetupError extends Error {
  name = 'SetupError'
}

/** Prints `setup: title ... done (3 s)` around `work`; `work` returns `false` if there was nothing to do. */
export function step(title, work) {
  const start = Date.now()
  process.stdout.write(`setup: ${title} ... `)
  let did
  try {
    did = work()
  } catch (error) {
    process.stdout.write('failed\n')
    throw error
  }
  process.stdout.write(did === false ? 'up to date\n' : `done (${Math.round((Date.now() - start) / 1000)} s)\n`)
}

/** The log file of one step; the output of commands is shown only if one fails. */
export class Log {
  constructor(name) {
    this.path = join(cache, `${name}.log`)
    writeFileSync(this.path, '')
  }

  /** Runs a command to its end; true if it exits with 0. */
  try(command, args, options = {}) {
    appendFileSync(this.path, `\n$ ${[command, ...args].join(' ')}\n`)
    const file = openSync(this.path, 'a')
    const result = spawnSync(command, args, { cwd: root, ...options, stdio: ['ignore', file, file] })
    closeSync(file)
    if (result.error) appendFileSync(this.path, `${result.error.message}\n`)
    if (result.signal)
      throw new SetupError(`${command} was stopped by ${result.signal}; run the same command again to go on`)
    return result.status === 0
  }

  run(command, args, options) {
    if (!this.try(command, args, options)) throw this.failure(`${command} ${args[0] ?? ''}`.trim())
  }

  get text() {
    return readFileSync(this.path, 'utf8')
  }

  failure(what, advice = '') {
    const place = `(the whole log: ${relative(root, this.path)})`
    return new SetupError([`${what} failed:`, excerpt(this.text.trim()), place, advice].filter(Boolean).join('\n'))
  }
}

/** The beginning and the end of a long text; the cause is usually near one of them. */
function excerpt(text) {
  const lines = text.split('\n')
  return lines.length <= 70 ? text : [...lines.slice(0, 25), '...', ...lines.slice(-40)].join('\n')
}

/** The output of a short command; '' if it cannot run or fails. */
export function output(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'], ...options })
  return result.status === 0 ? result.stdout.trim() : ''
}
