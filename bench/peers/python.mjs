// A peer that is a Python library, in its own process with python/peer.py. It measures its own times, so that
// communication is not included, and answers when its threads sleep.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LineChild } from '../line-child.mjs'

const script = fileURLToPath(new URL('python/peer.py', import.meta.url))

/** `module` is a module beside peer.py. */
export async function openPython(module, { python, cores }) {
  const child = new LineChild(python, [script, module, String(cores)])
  const ask = async (request) => read(await child.ask(JSON.stringify(request)))
  const { version, rounds = false } = await child.read().then(read)
  return { version, session: (spec) => session(ask, rounds, spec), close: () => child.close() }
}

function read(line) {
  const answer = JSON.parse(line)
  if (answer.error) throw new Error(answer.error)
  return answer
}

async function session(ask, rounds, { net, optimizer, rate, shuffle, x, y }) {
  const { leastSteps } = await withFiles({ x, y }, (paths) =>
    ask({ do: 'session', net, optimizer, rate, shuffle, ...paths }),
  )
  return {
    leastSteps,
    tune: (what) => ask({ do: 'tune', what }),
    train: (steps) => ask({ do: 'train', steps }),
    predictRows: (count) => ask({ do: 'predictRows', count }),
    predict: async (row) => (await ask({ do: 'predict', row: Array.from(row) })).outputs,
    // Other roundings give other losses.
    setWeights: rounds
      ? undefined
      : async (tensors) => {
          const weights = Buffer.concat(
            tensors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
          )
          await withFiles({ weights }, (paths) => ask({ do: 'setWeights', ...paths }))
        },
    // A process that has ended already failed when it was called.
    memory: () => ask({ do: 'memory' }),
    dispose: () => ask({ do: 'dispose' }).catch(() => {}),
  }
}

/** Passes numbers as raw files, which are deleted afterwards. */
async function withFiles(arrays, use) {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-bench-'))
  try {
    const paths = Object.keys(arrays).map((name) => [name, join(folder, name)])
    for (const [name, path] of paths) writeFileSync(path, arrays[name])
    return await use(Object.fromEntries(paths))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
