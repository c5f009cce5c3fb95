import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A child process that answers each line with a line. */
export class LineChild {
  #process
  #waiting = []
  #complaint = ''

  constructor(program, args, env = process.env) {
    this.#process = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line))
    this.#process.stderr.on('data', (text) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-4000)
    })
    this.#process.stdin.on('error', () => {}) // What ended it is told by the next two.
    this.#process.on('error', (error) => this.#fail(error.message))
    this.#process.on('close', (code, signal) =>
      this.#fail(`${program} ended (${signal ?? code}): ${lastLine(this.#complaint)}`),
    )
  }

  get pid() {
    return this.#process.pid
  }

  /** Sends a line and resolves to the answer; lines are answered in order. */
  ask(line) {
    this.#process.stdin.write(`${line}\n`)
    return this.read()
  }

  /** A line without a request. */
  read() {
    if (this.#gone) return Promise.reject(new Error(this.#gone))
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Ends when all lines are answered. */
  close() {
    this.#process.stdin.end()
  }

  #gone = ''

  #fail(message) {
    this.#gone ||= message
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(this.#gone))
  }
}

const lastLine = (text) => text.trim().split('\n').at(-1)
