import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as perceptra from 'perceptra'

const require = createRequire(import.meta.url)

export const checks = {
  'the native part is loaded from SMOKE_BINARY': async () => {
    const folder = dirname(require.resolve('perceptra/package.json'))
    const { native, nativePath } = await import(pathToFileURL(join(folder, 'dist', 'native.js')).href)
    const { blas, blasKernels, kernels, cores } = native.info()
    console.log(`# ${process.platform}-${process.arch} ${process.version}; ${nativePath}`)
    console.log(`# ${blas}, ${blasKernels}; ${kernels}; ${cores} cores`)
    // Every path ends with an empty string: it would check nothing.
    assert.ok(process.env.SMOKE_BINARY, 'SMOKE_BINARY must be the end of the path of the native part')
    const expected = process.env.SMOKE_BINARY.replaceAll('/', process.platform === 'win32' ? '\\' : '/')
    assert.ok(nativePath.endsWith(expected), `expected ${expected}, but ${nativePath} was loaded`)
  },

  'require() and import return the same module': () => {
    const required = require('perceptra')
    assert.ok(Object.keys(perceptra).length > 20)
    for (const [name, value] of Object.entries(perceptra)) assert.equal(required[name], value, name)
  },

  'classes keep their names': () => {
    const functions = Object.entries(perceptra).filter(([, value]) => typeof value === 'function')
    assert.ok(functions.length > 10)
    for (const [name, exported] of functions) assert.equal(exported.name, name)
    assert.equal(new perceptra.ArgumentError('').name, 'ArgumentError')
  },
}
