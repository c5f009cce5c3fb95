import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSound } from '../../../scripts/setup/builds.mjs'
import { isInstalled } from '../../../scripts/setup/npm.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perceptra-setup-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(path: string, content: unknown): void {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}

describe('isInstalled', () => {
  const a = { version: '1.0.0' }
  const foreign = { version: '1.0.0', optional: true, os: ['none'] }

  function install(wanted: object, found: object): boolean {
    write('package-lock.json', { packages: { '': {}, ...wanted } })
    write('node_modules/.package-lock.json', { packages: found })
    for (const path of Object.keys(found)) write(`${path}/package.json`, {})
    return isInstalled(folder)
  }

  it('is content with what the lock file lists', () => {
    expect(install({ 'node_modules/a': a }, { 'node_modules/a': a })).toBe(true)
  })

  it('misses no binaries of other systems, but those of this one', () => {
    const own = { ...foreign, os: [process.platform], cpu: [process.arch] }
    expect(install({ 'node_modules/a': foreign }, {})).toBe(true)
    expect(install({ 'node_modules/a': own }, {})).toBe(false)
  })

  it('notices a missing, an outdated and a superfluous package', () => {
    expect(install({ 'node_modules/a': a, 'node_modules/b': a }, { 'node_modules/a': a })).toBe(false)
    expect(install({ 'node_modules/a': { version: '1.0.1' } }, { 'node_modules/a': a })).toBe(false)
    expect(install({}, { 'node_modules/a': a })).toBe(false)
  })

  it('notices a package that is listed but gone, and a node_modules that never was finished', () => {
    install({ 'node_modules/a': a }, { 'node_modules/a': a })
    rmSync(join(folder, 'node_modules/a'), { recursive: true })
    expect(isInstalled(folder)).toBe(false)
    rmSync(join(folder, 'node_modules/.package-lock.json'))
    expect(isInstalled(folder)).toBe(false)
  })
})

describe('isSound', () => {
  it('wants a finished configuration of this very checkout', () => {
    expect(isSound(join(folder, 'build'), folder)).toBe(false)
    write('build/CMakeCache.txt', `CMAKE_HOME_DIRECTORY:INTERNAL=${folder}\n`)
    expect(isSound(join(folder, 'build'), folder)).toBe(false)
    write('build/build.ninja', '')
    expect(isSound(join(folder, 'build'), folder)).toBe(true)
    expect(isSound(join(folder, 'build'), tmpdir())).toBe(false)
    write('build/CMakeCache.txt', 'CMAKE_HOME_DIRECTORY:INTERNAL=/gone\n')
    expect(isSound(join(folder, 'build'), folder)).toBe(false)
  })
})

describe('setup.mjs', () => {
  const script = fileURLToPath(new URL('../../../scripts/setup.mjs', import.meta.url))
  const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })

  it('says what it takes', () => {
    for (const args of [[], ['--for'], ['--for', 'fun']]) {
      const { status, stderr } = run(...args)
      expect(status).toBe(1)
      expect(stderr).toBe('setup: Say what for: node scripts/setup.mjs --for demo|test|browser|lint|docs|bench\n')
    }
  })
})
