import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ArgumentError } from '../../../lib/base/errors.js'
import { writeFileAtomic } from '../../../lib/files/atomic-write.js'

const moduleUrl = new URL('../../../lib/files/atomic-write.ts', import.meta.url).href
const oldBytes = Uint8Array.of(1, 2, 3)
const newBytes = Uint8Array.of(4, 5, 6, 7)
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perceptra-atomic-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('writeFileAtomic', () => {
  it('writes a new file and leaves no temporary file', async () => {
    await writeFileAtomic(join(folder, 'new'), newBytes)
    expect(new Uint8Array(await readFile(join(folder, 'new')))).toEqual(newBytes)
    expect(await readdir(folder)).toEqual(['new'])
  })

  it('replaces a file; a program that has the old one open keeps reading it', async () => {
    await writeFile(join(folder, 'model'), oldBytes)
    await link(join(folder, 'model'), join(folder, 'other-name'))
    await writeFileAtomic(join(folder, 'model'), newBytes)
    expect(new Uint8Array(await readFile(join(folder, 'model')))).toEqual(newBytes)
    expect(new Uint8Array(await readFile(join(folder, 'other-name')))).toEqual(oldBytes)
  })

  it('writes a file with the longest name that the system allows', async () => {
    const name = 'n'.repeat(255)
    await writeFileAtomic(join(folder, name), newBytes)
    expect(await readdir(folder)).toEqual([name])
  })

  it.skipIf(process.platform === 'win32')('keeps the permissions of the file it replaces', async () => {
    const path = join(folder, 'model')
    await writeFile(path, oldBytes)
    await chmod(path, 0o640)
    await writeFileAtomic(path, newBytes)
    expect((await stat(path)).mode & 0o7777).toBe(0o640)
  })

  it.skipIf(process.platform === 'win32')('writes through a symbolic link', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await writeFile(join(folder, 'elsewhere', 'model'), oldBytes)
    await symlink(join('elsewhere', 'model'), join(folder, 'link'))
    await writeFileAtomic(join(folder, 'link'), newBytes)
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true)
    expect(new Uint8Array(await readFile(join(folder, 'elsewhere', 'model')))).toEqual(newBytes)
  })

  it('leaves the complete file of one of many writers at the same time', async () => {
    const versions = Array.from({ length: 20 }, (_, i) => new Uint8Array(100_000).fill(i))
    await Promise.all(versions.map((bytes) => writeFileAtomic(join(folder, 'model'), bytes)))
    const bytes = new Uint8Array(await readFile(join(folder, 'model')))
    expect(bytes).toEqual(versions[bytes[0]!])
    expect(await readdir(folder)).toEqual(['model'])
  })
})

describe('writeFileAtomic, when it cannot write', () => {
  it('rejects a path whose folder does not exist, and names it', async () => {
    const path = join(folder, 'none', 'model')
    const error = await writeFileAtomic(path, newBytes).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(`Could not write ${path}`)
    expect(error.cause).toMatchObject({ code: 'ENOENT' })
  })

  it('rejects the path of a folder', async () => {
    await expect(writeFileAtomic(folder, newBytes)).rejects.toThrow(ArgumentError)
    expect(await readdir(folder)).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('does not replace a pipe or a device', async () => {
    const path = join(folder, 'pipe')
    await promisify(execFile)('mkfifo', [path])
    await expect(writeFileAtomic(path, newBytes)).rejects.toThrow(ArgumentError)
    expect((await lstat(path)).isFIFO()).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('keeps the old file when the disk takes no more', async () => {
    const path = join(folder, 'model')
    await writeFile(path, oldBytes)
    // The limit on a file's size stands for a full disk: both fail in the middle of writing.
    const script = child(
      `await writeFileAtomic(path, new Uint8Array(8 << 20)).catch((error) => console.log(error.code))`,
    )
    const command = `ulimit -f 4096; exec "$@"`
    const { stdout } = await promisify(execFile)('sh', ['-c', command, 'sh', process.execPath, ...script, path])
    expect(stdout).toBe('EFBIG\n')
    expect(new Uint8Array(await readFile(path))).toEqual(oldBytes)
    expect(await readdir(folder)).toEqual(['model'])
  })

  it('leaves a complete file when the process is killed while it writes', async () => {
    const path = join(folder, 'model')
    const size = 16 << 20
    const script = child(`for (let i = 1; ; i++) {
      await writeFileAtomic(path, new Uint8Array(${size}).fill(i))
      console.log(i)
    }`)
    for (let round = 0; round < 3; round++) {
      const writer = spawn(process.execPath, [...script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(writer.stdout, 'data')
      await setTimeout(round * 7)
      writer.kill('SIGKILL')
      await once(writer, 'exit')
      const bytes = await readFile(path)
      expect(bytes.equals(Buffer.alloc(size, bytes[0]))).toBe(true)
    }
  })

  function child(body: string): string[] {
    const code = `import { writeFileAtomic } from '${moduleUrl}'; const path = process.argv[1]; ${body}`
    return ['--import', 'tsx', '--input-type=module', '-e', code]
  }
})
