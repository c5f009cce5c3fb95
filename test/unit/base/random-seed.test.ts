import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { randomSeed, temporaryName } from '../../../lib/base/random-seed.js'
import { writeFileAtomic } from '../../../lib/files/atomic-write.js'

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([
  [0, 0],
  [1 - 2 ** -53, 2 ** 32 - 1],
  [0.5, 2 ** 31],
])('draws seeds of 32 bits, from %d', (random, seed) => {
  vi.spyOn(Math, 'random').mockReturnValue(random)
  expect(randomSeed()).toBe(seed)
})

it('temporaryName draws another name at each call', () => {
  const names = Array.from({ length: 100 }, temporaryName)
  expect(new Set(names).size).toBe(100)
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{12}$/)
})

it('files can be written at the same time where Math.random always returns the same number', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const folder = await mkdtemp(join(tmpdir(), 'perceptra-drawn-'))
  try {
    const files = ['a', 'b', 'c', 'd']
    await Promise.all(files.map((name) => writeFileAtomic(join(folder, name), Buffer.from(name))))
    expect((await readdir(folder)).sort()).toEqual(files)
    for (const name of files) expect(await readFile(join(folder, name), 'utf8')).toBe(name)
  } finally {
    await rm(folder, { recursive: true })
  }
})
