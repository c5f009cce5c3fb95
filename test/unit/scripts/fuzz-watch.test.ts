import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { watch } from '../../../scripts/fuzz/watch.js'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function run(program: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  children.push(child)
  return child
}

const bounds = { seconds: 0.3, everyMs: 20, looksAsleep: 25 }
const wait = 'process.send("begin"); setInterval(() => {}, 1e6)'

describe.runIf(process.platform === 'linux')('the watch of the fuzzer', () => {
  it('ends a process that computes for too long with one file', async () => {
    expect(await watch(run('process.send("begin", () => { for (;;); })'), bounds)).toBe('more than 0.3 s of CPU time')
  })

  it('ends a process that waits and does not compute', async () => {
    expect(await watch(run(wait), bounds)).toBe('asleep for 0.5 s')
  })

  it('lets a process be that is stopped for longer', async () => {
    const child = run(wait)
    let ended = false
    const end = watch(child, bounds).then((reason) => {
      ended = true
      return reason
    })
    await new Promise((resolve) => child.once('message', resolve))
    child.kill('SIGSTOP')
    await setTimeout(1500)
    expect(ended).toBe(false)
    child.kill('SIGCONT')
    expect(await end).toBe('asleep for 0.5 s')
  })

  it('tells errors and other ends apart from the end', async () => {
    expect(await watch(run('process.exitCode = 3'), bounds)).toBe('an error')
    expect(await watch(run('process.kill(process.pid, "SIGKILL")'), bounds)).toBe('ended by SIGKILL')
    expect(await watch(run(''), bounds)).toBeUndefined()
  })
})
