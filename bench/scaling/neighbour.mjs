import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

/** A process that spins forever, pinned to core 0 if taskset is available; it pauses until told to spin. */
export async function startNeighbour() {
  const pinned = process.platform === 'linux' && spawnSync('taskset', ['-c', '0', 'true']).status === 0
  // It ends with this process, in every case.
  const spin = `for (let i = 0; i % 1e8 || process.ppid === ${process.pid}; i++);`
  const spinning = [process.execPath, '-e', spin]
  const [program, ...args] = pinned ? ['taskset', '-c', '0', ...spinning] : spinning
  const child = spawn(program, args, { stdio: 'ignore' })
  await once(child, 'spawn')
  // Stopped and continued, not started and ended: a start takes longer than a time box.
  const tell = async (signal) => {
    child.kill(signal)
    await wait(5)
  }
  await tell('SIGSTOP')
  return { pinned, rest: () => tell('SIGSTOP'), spin: () => tell('SIGCONT'), end: () => child.kill('SIGKILL') }
}
