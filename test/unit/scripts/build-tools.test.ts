import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

it('perceptra build fetches the tools with which the package was built', () => {
  const [, list] = read('bin/build.mjs').match(/^export const tools = \{(.*)\}$/m)!
  const tools = [...list!.matchAll(/'([\w-]+)': '([\d.]+)'/g)].map(([, name, version]) => [name!, version!] as const)
  expect(tools.map(([name]) => name)).toEqual(['cmake-js', 'node-addon-api', 'node-api-headers'])
  const { packages } = JSON.parse(read('package-lock.json'))
  for (const [name, version] of tools) expect(packages[`node_modules/${name}`].version, name).toBe(version)
})

it('nothing of it comes along with the package', () => {
  const { dependencies, scripts } = JSON.parse(read('package.json'))
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(4)
  expect(Object.keys(dependencies)).toEqual(['csv-parse', 'hyparquet', 'node-gyp-build'])
  for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts[name]).toBeUndefined()
})
