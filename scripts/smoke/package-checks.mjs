import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { must, run } from './command.mjs'
import { installedPackages, pathOf, plainEnvironment } from './project.mjs'

const tool = (...path) => join(root, 'node_modules', ...path)

/** Checks of the package's form: `project` is { folder, tarball, output }. */
export const packageChecks = {
  'no package that came along runs a script': ({ folder, output }) => {
    const packages = Object.entries(installedPackages(folder))
    assert.ok(packages.some(([path]) => path === 'node_modules/perceptra'))
    for (const [path, { hasInstallScript }] of packages) assert.ok(!hasInstallScript, path)
    // npm prints the output of scripts, and the commands.
    assert.doesNotMatch(output, /^> /m)
    const { scripts } = JSON.parse(readFileSync(join(folder, 'node_modules', 'perceptra', 'package.json'), 'utf8'))
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(scripts[name], undefined)
  },

  'at most four packages come along': ({ folder }) => {
    const names = Object.keys(installedPackages(folder)).filter((path) => path !== 'node_modules/perceptra')
    assert.ok(names.length <= 4, names.join(', '))
  },

  'the docs that its README links to came along': ({ folder }) => {
    const own = join(folder, 'node_modules', 'perceptra')
    const text = readFileSync(join(own, 'README.md'), 'utf8')
    const links = Array.from(text.matchAll(/\]\((docs\/[^)#]*|\w+\.md)/g), ([, path]) => path)
    assert.ok(links.length > 20)
    for (const path of links.filter((path) => path !== 'CONTRIBUTING.md')) assert.ok(existsSync(join(own, path)), path)
  },

  'publint finds nothing': async ({ tarball }) => {
    const text = await must(process.execPath, [tool('publint', 'src', 'cli.js'), '--strict', tarball])
    assert.match(text, /All good!/)
  },

  'attw finds nothing': ({ tarball }) =>
    must(process.execPath, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball, '--no-color']),

  'npx perceptra says what it can do, and what is loaded': async ({ folder }) => {
    const env = plainEnvironment(pathOf(process.execPath, folder))
    const perceptra = (...args) => run(join(folder, 'node_modules', '.bin', 'perceptra'), args, { cwd: folder, env })
    assert.match((await perceptra()).text, /Usage: perceptra .*\n {2}train .*\n {2}build /s)
    assert.match((await perceptra('info')).text, /loaded from .*prebuilds.*\nproducts by OpenBLAS/)
    const wrong = await perceptra('bild')
    assert.equal(wrong.code, 2)
    assert.match(wrong.text, /unknown command 'bild'\n.*build/)
  },

  'perceptra build says what is missing': async ({ folder }) => {
    // With only node on the PATH.
    const env = plainEnvironment(pathOf(process.execPath, folder))
    const program = join(folder, 'node_modules', 'perceptra', 'bin', 'perceptra.mjs')
    const { code, text } = await run(process.execPath, [program, 'build'], { cwd: folder, env })
    assert.equal(code, 1)
    if (process.platform === 'win32') return assert.match(text, /not built on Windows.* Node for x64/)
    for (const what of ['a C++20 compiler', 'CMake 3.19', 'ninja or make', 'OpenBLAS'])
      assert.match(text, RegExp(what.replaceAll('+', '.')))
  },

  'without its binaries it says what to do': async ({ folder }) => {
    const prebuilds = join(folder, 'node_modules', 'perceptra', 'prebuilds')
    renameSync(prebuilds, `${prebuilds}-away`)
    try {
      const program = (use) => run(process.execPath, ['-e', `const p = require('perceptra'); ${use}`], { cwd: folder })
      const scored = await program('console.log(p.metrics.accuracy([1, 0], [1, 1]), p.datasets.digits().test.x.rows)')
      assert.match(scored.text, /^0\.5 \d+\n$/)
      const { code, text } = await program(
        "new p.Sequential({ layers: [{ type: 'dense', units: 1, inputShape: [1] }] })",
      )
      assert.equal(code, 1)
      assert.match(text, /there is no binary for [\w-]+.*\n(.*\n)*.*npx perceptra build/)
    } finally {
      renameSync(`${prebuilds}-away`, prebuilds)
    }
  },
}
