import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as perceptra from 'perceptra'

const require = createRequire(import.meta.url)

export const checks = {
  'the native part is loaded from SMOKE_BINARY': async () => {
    const folder = dirname(require.resolve('perceptra/package.json'))
    const { native, nativePath } = await import(pathToFileURL(join(folder, 'dist', 'native.cjs')).href)
    const { blas, blasKernels, kernels, cores } = native().info()
    const path = nativePath()
    console.log(`# ${process.platform}-${process.arch} ${process.version}; ${path}`)
    console.log(`# ${blas}, ${blasKernels}; ${kernels}; ${cores} cores`)
    // Every path ends with an empty string: it would check nothing.
    assert.ok(process.env.SMOKE_BINARY, 'SMOKE_BINARY must be the end of the path of the native part')
    const expected = process.env.SMOKE_BINARY.replaceAll('/', process.platform === 'win32' ? '\\' : '/')
    assert.ok(path.endsWith(expected), `expected ${expected}, but ${path} was loaded`)
  },

  'require() and import return the same module': () => {
    const required = require('perceptra')
    assert.ok(Object.keys(perceptra).length > 20)
    for (const [name, value] of Object.entries(perceptra)) assert.equal(required[name], value, name)
  },

  'classes keep their names': () => {
    const isClass = (value) => typeof value === 'function' && value.toString().startsWith('class ')
    const namespaces = Object.values(perceptra).filter((value) => typeof value === 'object')
    const classes = [perceptra, ...namespaces].flatMap(Object.entries).filter(([, value]) => isClass(value))
    assert.ok(classes.length > 30, `${classes.length}`)
    for (const [name, exported] of classes) assert.equal(exported.name, name)
    assert.equal(new perceptra.ArgumentError('').name, 'ArgumentError')
  },
}
