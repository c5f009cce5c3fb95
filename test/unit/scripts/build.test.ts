import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
let folder: string
const built = () => join(folder, 'build', 'Release', 'perceptra.node')

// A package with an addon that was built before.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perceptra-build-test-'))
  for (const path of ['bin', 'package.json', 'CMakeLists.txt', 'scripts/setup'])
    cpSync(new URL(path, root), join(folder, path), { recursive: true })
  mkdirSync(join(folder, 'build', 'Release'), { recursive: true })
  writeFileSync(built(), 'the old one')
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function build(flags: string[], env: NodeJS.ProcessEnv = process.env) {
  const args = [...flags, join(folder, 'bin', 'perceptra.mjs'), 'build']
  return spawnSync(process.execPath, args, { encoding: 'utf8', env })
}

/** In the place of npm: brings a cmake-js that is this code. */
function withCmakeJs(code: string) {
  const fake = `const { mkdirSync, writeFileSync } = require('node:fs')
const folder = process.argv[process.argv.indexOf('--prefix') + 1] + '/node_modules/cmake-js/bin'
mkdirSync(folder, { recursive: true })
writeFileSync(folder + '/cmake-js', ${JSON.stringify(code)})`
  const npm = join(folder, 'npm')
  mkdirSync(npm)
  writeFileSync(join(npm, 'package.json'), '{ "type": "commonjs" }')
  writeFileSync(join(npm, 'npm-cli.js'), fake)
  return { ...process.env, npm_execpath: join(npm, 'npm-cli.js') }
}

describe('perceptra build', () => {
  it('refuses on Windows, and says what to do', () => {
    const windows = "data:text/javascript,Object.defineProperty(process,'platform',{value:'win32'})"
    const { status, stderr } = build(['--import', windows])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^perceptra build: the sources are not built on Windows\..* Node for x64 .*WSL/)
    expect(readFileSync(built(), 'utf8')).toBe('the old one')
  })

  it.runIf(process.platform !== 'win32')('leaves what was built before alone when it fails', () => {
    const { status, stderr } = build([], withCmakeJs('process.exit(1)'))
    expect(stderr).toContain('The build failed')
    expect(status).toBe(1)
    expect(readFileSync(built(), 'utf8')).toBe('the old one')
  })

  it.runIf(process.platform !== 'win32')('puts what it built in its place', () => {
    const code = `const { mkdirSync, writeFileSync } = require('node:fs')
const folder = process.argv[process.argv.indexOf('--out') + 1] + '/Release'
mkdirSync(folder, { recursive: true })
writeFileSync(folder + '/perceptra.node', 'the new one')`
    build([], withCmakeJs(code))
    expect(readFileSync(built(), 'utf8')).toBe('the new one')
    expect(existsSync(`${built()}.new`)).toBe(false)
  })
})
