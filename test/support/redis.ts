import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis } from '../../scripts/setup/system.mjs'

/** A server of Redis in a folder of its own. */
export class RedisServer {
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'perceptra-redis-'))
  #child: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
  }

  /** Starts one on a free port, with its append-only file. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    await server.resume()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts the server, with what the last one has written. */
  async resume(): Promise<void> {
    const program = findRedis()
    if (program === undefined)
      throw new Error('redis-server is missing. "node scripts/setup.mjs --for test" installs it.')
    const args = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '']
    const child = spawn(program, [...args, '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'pipe' })
    this.#child = child
    let log = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text) => {
        log += text
        if (/ready to accept connections/i.test(log)) resolve()
      })
      child.once('exit', () => reject(new Error(`redis-server ended: ${log}`)))
    })
  }

  /** Ends the process; its file stays. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
