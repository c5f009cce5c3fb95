// A network between two processes of this machine: two network namespaces with an Ethernet pair between them, which lets through so
// many bits a second in each direction. Needs root, `ip` and `tc`.
import { execFileSync } from 'node:child_process'

/** `rate` as tc has it, such as 1gbit. */
export function makeLink(rate) {
  const run = (line) => execFileSync('ip', line.split(' '), { encoding: 'utf8', stdio: 'pipe' })
  const name = (rank) => `perceptra${process.pid}${rank ? 'b' : 'a'}`
  const port = (rank) => `pct${process.pid % 1e6}${rank ? 'b' : 'a'}`
  const address = (rank) => `10.77.0.${rank + 1}`
  const close = () => {
    for (const rank of [0, 1]) {
      try {
        run(`netns del ${name(rank)}`)
      } catch {} // it was not made
    }
  }
  process.once('exit', close)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  for (const rank of [0, 1]) run(`netns add ${name(rank)}`)
  run(`link add ${port(0)} netns ${name(0)} type veth peer name ${port(1)} netns ${name(1)}`)
  for (const rank of [0, 1]) {
    const here = `netns exec ${name(rank)}`
    run(`${here} ip link set lo up`)
    run(`${here} ip addr add ${address(rank)}/24 dev ${port(rank)}`)
    run(`${here} ip link set ${port(rank)} up`)
    run(`${here} tc qdisc add dev ${port(rank)} root tbf rate ${rate} burst 256kb latency 50ms`)
  }
  const isUp = (rank) => run(`-n ${name(rank)} link show ${port(rank)}`).includes('state UP')
  for (let tries = 60; tries > 0 && !(isUp(0) && isUp(1)); tries--) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  }
  return {
    /** What stands before the command of a rank. */
    prefix: (rank) => ['ip', 'netns', 'exec', name(rank)],
    address,
    port,
    close,
  }
}

/** Both processes on the loopback interface. */
export const loopback = { prefix: () => [], address: () => '127.0.0.1', port: () => 'lo', close() {} }
