// Processes that train one model together: contenders of `interleave`, whose unit is a step.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { LineChild } from '../line-child.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** `ranks` processes of this library, connected by `link`; one without a group if there is one. */
export function perceptra(name, spec, { ranks, threads, link }) {
  return makeTeam(name, spec, ranks, link, [process.execPath, path('rank.mjs'), JSON.stringify({ ...spec, threads })])
}

/** Processes of PyTorch, with DistributedDataParallel on Gloo if there are several. */
export function pytorch(name, spec, python, { ranks, threads, link }) {
  return makeTeam(name, spec, ranks, link, [python, path('ddp.py'), JSON.stringify({ ...spec, threads })])
}

async function makeTeam(name, { net, rows }, size, link, command) {
  const env = {
    ...process.env,
    MASTER_ADDR: link.address(0),
    MASTER_PORT: String(await freePort()),
    PERCEPTRA_SECRET: randomBytes(32).toString('hex'),
    WORLD_SIZE: String(size),
  }
  const children = Array.from({ length: size }, (_, rank) => {
    const [program, ...args] = [...link.prefix(rank), ...command]
    return new LineChild(program, args, { ...env, RANK: String(rank), GLOO_SOCKET_IFNAME: link.port(rank) })
  })
  const close = () => {
    for (const child of children) child.close()
  }
  try {
    await Promise.all(children.map((child) => child.read()))
  } catch (error) {
    close()
    throw error
  }
  const stepsPerEpoch = rows / net.batch
  return {
    name,
    pids: children.map(({ pid }) => pid),
    least: stepsPerEpoch,
    async run(amount) {
      const epochs = Math.max(1, Math.round(amount / stepsPerEpoch))
      const times = await Promise.all(children.map((child) => child.ask(String(epochs))))
      return { done: epochs * stepsPerEpoch, elapsed: Math.max(...times.map(Number)) }
    },
    close,
  }
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
