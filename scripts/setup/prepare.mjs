import { gloo, provideSource } from '../prebuild/source.mjs'
import { buildNative, buildRoof, buildTypeScript } from './builds.mjs'
import { provideClangTidy } from './clang-tidy.mjs'
import { takeTurn } from './lock.mjs'
import { installPackages } from './npm.mjs'
import { root } from './paths.mjs'
import { step } from './step.mjs'
import { provideSystem } from './system.mjs'

const toolchain = ['compiler', 'cmake', 'make', 'openblas']

const plans = {
  demo: { system: toolchain, builds: [buildNative, buildTypeScript] },
  test: {
    system: [...toolchain, 'googletest', 'redis'],
    builds: [buildNative, buildTypeScript],
    gloo: true,
    examples: true,
    frameworks: true,
  },
  lint: {
    system: [...toolchain, 'googletest', 'clang-format', 'venv'],
    builds: [buildTypeScript],
    clangTidy: true,
    examples: true,
  },
  docs: { system: [], builds: [] },
  browser: { system: [...toolchain, 'chromium'], builds: [buildNative], gloo: true },
  bench: { system: toolchain, builds: [buildNative, buildTypeScript, buildRoof], gloo: true, bench: true },
}

/** Runs the steps that `purpose` needs and that are not done yet. */
export function prepare(purpose) {
  const plan = plans[purpose]
  takeTurn()
  provideSystem(plan.system)
  if (plan.clangTidy) provideClangTidy()
  // Before the native build, which links it if it is there. The demo does without.
  if (plan.gloo && process.platform === 'linux') step("Gloo's source", () => provideSource(gloo))
  installPackages(root)
  // No peer needs its install script.
  if (plan.bench) installPackages(`${root}/bench`, ['--ignore-scripts'])
  // Packages that some examples use; their binaries need no install scripts.
  if (plan.examples)
    for (const name of ['data', 'serving']) installPackages(`${root}/examples/${name}`, ['--ignore-scripts'])
  // The bundlers and test runners that the package is tested with; their binaries need no install scripts.
  if (plan.frameworks) installPackages(`${root}/test/frameworks`, ['--ignore-scripts'])
  for (const build of plan.builds) build()
}
