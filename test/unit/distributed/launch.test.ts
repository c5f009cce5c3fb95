import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ended, folder, run, start } from '../cli/run.js'
import { freePort, secret } from './stores.js'

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** A folder with the program of the ranks. */
function withProgram(text: string): string {
  const path = folder()
  writeFileSync(join(path, 'train.mjs'), text)
  return path
}

/** Starts a launcher; `lines` are what it has printed. */
function launch(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = start(cwd, ['launch', ...args], env)
  running.push(child)
  let text = ''
  child.stdout!.on('data', (block) => {
    text += block
  })
  const end = ended(child)
  const until = async (pattern: RegExp, count = 1): Promise<string[]> => {
    for (;;) {
      const found = [...text.matchAll(new RegExp(pattern, 'g'))].map((match) => match[1] ?? match[0])
      if (found.length >= count) return found
      if (child.exitCode !== null) throw new Error(`The launcher ended with code ${child.exitCode}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { child, end, until }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    // A zombie has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function untilListens(endpoint: string): Promise<void> {
  const [host, port] = endpoint.split(':')
  for (;;) {
    const socket = connect(Number(port), host)
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const prints = (...names: string[]) =>
  `console.log(JSON.stringify([${names.map((name) => `process.env.${name}`).join(', ')}]), ...process.argv.slice(2))`

const waits = `console.log('pid', process.pid); setInterval(() => {}, 1000)`

/** Ends a rank when the test has made the file: all have printed by then. */
const exitsWhenTold = (code: number) =>
  `setInterval(() => existsSync('exit') && process.exit(${code}), 10)
   import { existsSync } from 'node:fs'`

it('starts ranks with the variables of torchrun and their arguments, and marks their lines', async () => {
  const names = [
    'RANK',
    'LOCAL_RANK',
    'WORLD_SIZE',
    'LOCAL_WORLD_SIZE',
    'GROUP_RANK',
    'TORCHELASTIC_RESTART_COUNT',
    'TORCHELASTIC_RUN_ID',
  ]
  const cwd = withProgram(`${prints(...names)}; console.error('to stderr')`)
  const { code, out, err } = await run(cwd, ['launch', '-n', '3', '--id', 'mine', 'train.mjs', '-n', '7', '--flag'])
  const lines = [0, 1, 2].map((rank) => `[${rank}] ["${rank}","${rank}","3","3","0","0","mine"] -n 7 --flag`)
  expect([code, out.trim().split('\n').sort()]).toEqual([0, lines])
  expect(err.trim().split('\n').sort()).toEqual([0, 1, 2].map((rank) => `[${rank}] to stderr`))
})

it('gives ranks a store, and a secret that nobody else has', async () => {
  const cwd = withProgram(prints('PERCEPTRA_SECRET', 'PERCEPTRA_STORE', 'MASTER_ADDR', 'MASTER_PORT'))
  const runs = await Promise.all([0, 1].map(() => run(cwd, ['launch', '-n', '1', 'train.mjs'])))
  const [a, b] = runs.map(({ out }) => JSON.parse(out.replace('[0] ', '')) as string[])
  expect(a![0]).toMatch(/^[0-9a-f]{64}$/)
  expect(b![0]).not.toBe(a![0])
  expect(a!.slice(1)).toEqual([`tcp://127.0.0.1:${a![3]}`, '127.0.0.1', a![3]])
})

it('prints JSON', async () => {
  const cwd = withProgram("console.log('a\\nb')")
  const { code, out } = await run(cwd, ['launch', '--json', '-n', '1', 'train.mjs'])
  const line = (text: string) => ({ event: 'output', rank: 0, stream: 'stdout', text })
  expect([
    code,
    out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
  ]).toEqual([0, [line('a'), line('b')]])
})

it('ends all ranks when one fails, and says which', async () => {
  const cwd = withProgram(`${waits}; if (process.env.RANK === '1') ${exitsWhenTold(3)}`)
  const { until, end } = launch(cwd, ['-n', '3', 'train.mjs'])
  const pids = (await until(/pid (\d+)/, 3)).map(Number)
  writeFileSync(join(cwd, 'exit'), '')
  const { code, err } = await end
  expect([code, err, pids.filter(isAlive)]).toEqual([1, 'perceptra launch: rank 1 ended with code 3.\n', []])
})

it('ends ranks that ignore SIGTERM, and what ranks have started', async () => {
  const cwd = withProgram(`
    import { spawn } from 'node:child_process'
    process.on('SIGTERM', () => {})
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    console.log('pid', process.pid, '\\npid', child.pid)
    if (process.env.RANK === '0') ${exitsWhenTold(1)}
    setInterval(() => {}, 1000)`)
  const { until, end } = launch(cwd, ['-n', '2', 'train.mjs'])
  const pids = (await until(/pid (\d+)/, 4)).map(Number)
  writeFileSync(join(cwd, 'exit'), '')
  const { code } = await end
  await untilGone(pids)
  expect(code).toBe(1)
})

it('starts all ranks again when one fails, as often as --max-restarts says', async () => {
  const cwd = withProgram(`${prints('RANK', 'TORCHELASTIC_RESTART_COUNT')}
    if (process.env.RANK === '1' && process.env.TORCHELASTIC_RESTART_COUNT < 2) process.kill(process.pid, 'SIGKILL')
    if (process.env.TORCHELASTIC_RESTART_COUNT < 2) setInterval(() => {}, 1000)`)
  const { code, out, err } = await run(cwd, ['launch', '-n', '2', '--max-restarts', '3', 'train.mjs'])
  const notes = [1, 2].map((k) => `perceptra launch: rank 1 was ended by SIGKILL (9); restart ${k} of 3.\n`)
  expect([code, err]).toEqual([0, notes.join('')])
  for (const text of ['["0","2"]', '["1","2"]', '["1","0"]']) expect(out).toContain(text)
  expect(out).not.toContain('"3"]')
  const once = await run(withProgram('process.exit(4)'), ['launch', '-n', '1', '--max-restarts', '1', 'train.mjs'])
  expect([once.code, once.err]).toEqual([
    1,
    'perceptra launch: rank 0 ended with code 4; restart 1 of 1.\nperceptra launch: rank 0 ended with code 4.\n',
  ])
})

it('ends ranks at Ctrl-C, with code 130', async () => {
  const cwd = withProgram(waits)
  const { child, until, end } = launch(cwd, ['-n', '2', 'train.mjs'])
  const pids = (await until(/pid (\d+)/, 2)).map(Number)
  child.kill('SIGINT')
  const { code, err } = await end
  expect([code, err, pids.filter(isAlive)]).toEqual([130, '', []])
})

it('leaves no rank when the launcher is killed, not even one that is stopped', async () => {
  const cwd = withProgram(waits)
  const { child, until } = launch(cwd, ['-n', '3', 'train.mjs'])
  const pids = (await until(/pid (\d+)/, 3)).map(Number)
  process.kill(pids[1]!, 'SIGSTOP')
  child.kill('SIGKILL')
  await untilGone(pids)
})

describe('several machines', () => {
  it('give each rank one number, and end together', async () => {
    const cwd = withProgram(prints('RANK', 'WORLD_SIZE', 'GROUP_RANK', 'GROUP_WORLD_SIZE'))
    const endpoint = `127.0.0.1:${await freePort()}`
    const env = { PERCEPTRA_SECRET: secret }
    const all = [2, 1].map((n) => launch(cwd, ['-n', `${n}`, '--nodes', '2', '--endpoint', endpoint, 'train.mjs'], env))
    const ends = await Promise.all(all.map(({ end }) => end))
    expect(ends.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const ranks = ends.flatMap(({ out }) =>
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line.slice(4)) as string[]),
    )
    expect(ranks.map(([rank]) => rank).sort()).toEqual(['0', '1', '2'])
    expect(new Set(ranks.map(([, size]) => size))).toEqual(new Set(['3']))
    expect(ranks.map(([, , group]) => group).sort()).toHaveLength(3)
  })

  it('fail together, and say why on each', async () => {
    const cwd = withProgram(`if (process.env.RANK === '2') process.exit(5); setInterval(() => {}, 1000)`)
    const endpoint = `127.0.0.1:${await freePort()}`
    const env = { PERCEPTRA_SECRET: secret }
    const all = [0, 1].map(() => launch(cwd, ['-n', '2', '--nodes', '2', '--endpoint', endpoint, 'train.mjs'], env))
    for (const { code, err } of await Promise.all(all.map(({ end }) => end))) {
      expect([code, err]).toEqual([1, 'perceptra launch: rank 2 ended with code 5.\n'])
    }
  })

  it('go on with fewer ranks when one is gone, and with more when one comes', async () => {
    const cwd = withProgram(`
      ${prints('RANK', 'WORLD_SIZE')}
      ${waits}
      import { existsSync } from 'node:fs'
      setInterval(() => existsSync('done') && process.exit(0), 50)
      // As ranks do that lose another one.
      if (process.env.WORLD_SIZE === '4') setInterval(() => existsSync('lost') && process.exit(1), 50)`)
    const endpoint = `127.0.0.1:${await freePort()}`
    const args = ['-n', '2', '--nodes', '1:2', '--endpoint', endpoint, '--max-restarts', '2', 'train.mjs']
    const env = { PERCEPTRA_SECRET: secret }
    const host = launch(cwd, args, env)
    await host.until(/,"2"\]/, 2)
    const other = launch(cwd, args, env)
    await host.until(/,"4"\]/, 2)
    const pids = (await other.until(/pid (\d+)/, 2)).map(Number)
    other.child.kill('SIGKILL')
    await untilGone(pids)
    writeFileSync(join(cwd, 'lost'), '')
    await host.until(/,"2"\]/, 4)
    writeFileSync(join(cwd, 'done'), '')
    const { code, err } = await host.end
    expect(code).toBe(0)
    expect(err).toMatch(
      /^perceptra launch: another machine joins: all ranks start again\.\nperceptra launch: rank [01] ended with code 1; restart 1 of 2\.\n$/,
    )
  })

  it('end when the machine that decides is gone', async () => {
    const cwd = withProgram(waits)
    const endpoint = `127.0.0.1:${await freePort()}`
    const args = ['-n', '1', '--nodes', '2', '--endpoint', endpoint, 'train.mjs']
    const env = { PERCEPTRA_SECRET: secret }
    const host = launch(cwd, args, env)
    await untilListens(endpoint)
    const other = launch(cwd, args, env)
    const pids = [...(await host.until(/pid (\d+)/)), ...(await other.until(/pid (\d+)/))].map(Number)
    host.child.kill('SIGKILL')
    const { code, err } = await other.end
    expect([code, err]).toEqual([1, expect.stringMatching(/^perceptra launch: The store at .* ended the connection/)])
    await untilGone(pids)
  })

  it('end when the machine that decides hangs', async () => {
    const cwd = withProgram(waits)
    const endpoint = `127.0.0.1:${await freePort()}`
    const args = ['-n', '1', '--nodes', '2', '--endpoint', endpoint, 'train.mjs']
    const env = { PERCEPTRA_SECRET: secret }
    const host = launch(cwd, args, env)
    await untilListens(endpoint)
    const other = launch(cwd, args, env)
    await host.until(/pid (\d+)/)
    const pids = (await other.until(/pid (\d+)/)).map(Number)
    host.child.kill('SIGSTOP')
    const { code, err } = await other.end
    expect([code, err]).toEqual([1, `perceptra launch: The launcher at ${endpoint} has not answered for 10 s.\n`])
    await untilGone(pids)
  })

  it('refuse a machine with another secret', async () => {
    const cwd = withProgram(waits)
    const endpoint = `127.0.0.1:${await freePort()}`
    const args = ['-n', '1', '--nodes', '2', '--endpoint', endpoint, 'train.mjs']
    launch(cwd, args, { PERCEPTRA_SECRET: secret })
    await untilListens(endpoint)
    const { code, err } = await launch(cwd, args, { PERCEPTRA_SECRET: `${secret} not` }).end
    expect([code, err]).toEqual([1, expect.stringContaining('refused the secret')])
  })
})

it.each<[string, string[], number, RegExp]>([
  ['no number of ranks', ['train.mjs'], 2, /-n, --processes/],
  ['ranks that are no number', ['-n', 'many', 'train.mjs'], 2, /Expected a whole number/],
  ['machines that are no range', ['-n', '1', '--nodes', '3:2', 'train.mjs'], 2, /MIN:MAX/],
  ['several machines without an endpoint', ['-n', '1', '--nodes', '2', 'train.mjs'], 2, /--endpoint HOST:PORT/],
  ['an endpoint without a port', ['-n', '1', '--endpoint', 'here', 'train.mjs'], 2, /HOST:PORT/],
  ['an endpoint without a secret', ['-n', '1', '--endpoint', 'here:80', 'train.mjs'], 2, /PERCEPTRA_SECRET/],
  ['a program that is not there', ['-n', '1', 'other.mjs'], 1, /other\.mjs: there is no such file/],
])('refuses %s', async (_, args, expected, message) => {
  const cwd = withProgram('')
  expect(existsSync(join(cwd, 'train.mjs'))).toBe(true)
  const { code, err } = await run(cwd, ['launch', ...args])
  expect([code, err]).toEqual([expected, expect.stringMatching(message)])
})
