import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { clean, runProgram } from './programs/run.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
let refuse = ''

/** The addon that refuses allocations, compiled as the addon itself was. */
function compileRefuse(): void {
  folder = mkdtempSync(join(tmpdir(), 'perceptra-refuse-'))
  refuse = join(folder, 'refuse.node')
  const source = join(root, 'test', 'native', 'programs', 'refuse.cpp')
  const headers = join(root, 'node_modules', 'node-api-headers', 'include')
  const flags = ['-std=c++20', '-O1', '-shared', '-fPIC', '-I', headers]
  const { status, stderr, error } = spawnSync(process.env.CXX ?? 'c++', [...flags, source, '-o', refuse])
  if (status !== 0) throw new Error(`Could not compile ${source}: ${error?.message ?? stderr}`)
}

interface Refused {
  hooked: number
  refused: number
  failures: string[]
  count: number
}

// Elsewhere than on Linux nothing here can refuse an allocation; the C++ tests (RefusedAllocation) do so on each system.
describe.skipIf(process.platform !== 'linux')('a refused allocation (Linux only: it patches ELF tables)', () => {
  beforeAll(compileRefuse, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function refuseEach(what: string, how: string, context: TestContext): Promise<Refused> {
    const { stdout, ...ended } = await runProgram('refused.ts', [refuse, what, how])
    expect(ended, stdout).toMatchObject(clean)
    const refused = JSON.parse(stdout) as Refused
    context.skip(refused.hooked === 0, 'this addon brings its own operator new: no allocation of it can be refused')
    console.log(`${what}, ${how}: refused ${refused.refused} allocations in turn`)
    expect(refused.failures).toEqual([])
    return refused
  }

  it.for([
    ['fit', 'once', 200],
    ['fit', 'lasting', 200],
    ['lbfgs', 'once', 200],
    ['linear', 'once', 50],
    ['linear', 'lasting', 50],
  ] as const)(
    'in %s, %s, rejects with ERR_MEMORY and leaves a model that works',
    async ([what, how, least], context) => {
      const { refused } = await refuseEach(what, how, context)
      expect(refused).toBeGreaterThan(least)
    },
  )

  it.each([
    [60, 0],
    [150, 1],
    [170, 30],
    [190, 100],
    [230, 100],
    [1000, 300],
  ])('number %d in fit lets process.exit() return after %d ms', async (n, after) => {
    expect(await runProgram('refused.ts', [refuse, 'exit', String(n), String(after)])).toMatchObject(clean)
  })
})
