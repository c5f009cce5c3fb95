import { join } from 'node:path'
import { cache } from './paths.mjs'
import { output, step } from './step.mjs'
import { installWheel } from './wheel.mjs'

// From 22 on it passes over what system headers declare: a run of the tree takes two fifths of the time.
const version = '23.1.4'
const folder = join(cache, `clang-tidy-${version}`)

/** The path of clang-tidy, a program of its own version: another one has other complaints. */
export const clangTidy = join(folder, 'bin', 'clang-tidy')

/** Installs clang-tidy, a Python package, into a virtual environment of this checkout, if it is not there. */
export function provideClangTidy() {
  step('clang-tidy', () => {
    if (isInstalled()) return false
    const log = installWheel(`clang-tidy==${version}`, folder)
    if (!isInstalled()) throw log.failure(`Installing the Python package clang-tidy ${version}`)
    return true
  })
}

const isInstalled = () => output(clangTidy, ['--version']).includes(version)
