import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nativePath } from '../../lib/native/addon.js'
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

// Only on Linux, since it patches ELF tables; the C++ tests (RefusedAllocation) run on each system. A prebuilt binary has an operator
// new of its own, whose allocations cannot be refused, and is tested where there may be no compiler.
const canRefuse = process.platform === 'linux' && nativePath()?.endsWith(join('build', 'Release', 'perceptra.node'))

describe.skipIf(!canRefuse)('a refused allocation (Linux only, of an addon compiled here)', () => {
  beforeAll(compileRefuse, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // A program of hundreds of fits, which takes minutes on a busy machine. It ends itself when one of them hangs.
  async function refuseEach(what: string, how: string): Promise<Refused> {
    const { stdout, ...ended } = await runProgram('refused.ts', [refuse, what, how], [], {}, 280_000)
    expect(ended, stdout).toMatchObject(clean)
    const refused = JSON.parse(stdout) as Refused
    expect(refused.hooked).toBeGreaterThan(0)
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
    { timeout: 300_000 },
    async ([what, how, least]) => {
      const { refused } = await refuseEach(what, how)
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
