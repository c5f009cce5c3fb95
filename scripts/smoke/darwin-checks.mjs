import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { readMachO } from './mach-o.mjs'

/** Checks of a binary for macOS that are possible without macOS. */
export function darwinChecks(arch, oldest) {
  const read = () => readMachO(readFileSync(join(root, 'prebuilds', `darwin-${arch}`, 'perceptra.node')))
  return {
    [`is for ${arch}`]: () => assert.equal(read().arch, arch),
    [`runs from macOS ${oldest} on`]: () => assert.equal(read().oldest, oldest),
    'needs libraries of the system alone': () => {
      const { libraries } = read()
      assert.ok(libraries.length > 0)
      for (const path of libraries) assert.match(path, /^\/(usr\/lib|System\/Library)\//)
    },
    'looks for nothing but Node-API in the process': () => {
      const { looked } = read()
      assert.ok(looked.length > 0)
      for (const name of looked) assert.match(name, /^_(napi|node_api)_/)
    },
    'shows Node its entry': () => assert.ok(read().exported.includes('_napi_register_module_v1')),
    // Intel Macs run unsigned code; others do not.
    'has a signature that holds': () =>
      assert.match(read().signature, arch === 'arm64' ? /^ad-hoc$/ : /^(ad-hoc|none)$/),
  }
}
