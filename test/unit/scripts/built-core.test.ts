import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, vi } from 'vitest'

// In the place of cmake-js: makes files where it would.
const fake = `const { mkdirSync, writeFileSync } = require('node:fs')
for (const [folder, name] of [['build/Release', 'perceptra.node'], ['build/cpp', 'libperceptra_core.a']]) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(folder + '/' + name, '')
}`

it("takes the addon's core for the C++ tests only while it is of the sources as they are", async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'perceptra-core-')))
  const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    for (const folder of ['setup', 'prebuild']) {
      cpSync(new URL(`../../../scripts/${folder}`, import.meta.url), join(root, 'scripts', folder), { recursive: true })
    }
    mkdirSync(join(root, 'binding', 'gloo'), { recursive: true })
    const gloo = 'binding/gloo/CMakeLists.txt'
    cpSync(new URL(`../../../${gloo}`, import.meta.url), join(root, gloo))
    writeFileSync(join(root, 'CMakeLists.txt'), 'before')
    const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin')
    mkdirSync(cmakeJs, { recursive: true })
    writeFileSync(join(cmakeJs, 'cmake-js'), fake)
    const url = pathToFileURL(join(root, 'scripts', 'setup', 'builds.mjs')).href
    const { buildNative, builtCore } = (await import(url)) as typeof import('../../../scripts/setup/builds.mjs')

    expect(builtCore()).toBe('')
    buildNative()
    const library = join(root, 'build', 'cpp', 'libperceptra_core.a')
    expect(builtCore()).toBe(library)
    writeFileSync(join(root, 'CMakeLists.txt'), 'after')
    expect(builtCore()).toBe('')
    buildNative()
    expect(builtCore()).toBe(library)
    const later = Date.now() / 1000 + 5
    utimesSync(library, later, later)
    expect(builtCore(), 'built again by hand').toBe('')
    rmSync(library)
    expect(builtCore()).toBe('')
  } finally {
    log.mockRestore()
    rmSync(root, { recursive: true })
  }
})
