// Before the tests: makes JavaScript of the programs of this folder and the sources that they use, once for all of them.
// A process, or a worker, that compiles all of lib/ by itself starts in seconds, and the tests start hundreds.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the compiled programs. */
    programs: string
  }
}

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The addon is looked for from where its module lies among the sources. */
const placeOfNative: Plugin = {
  name: 'place-of-native',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/]native[\\/]addon\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }))
  },
}

let folder = ''
const cache = join(root, '.cache')

export async function setup(project: TestProject): Promise<void> {
  mkdirSync(cache, { recursive: true })
  removeLeftovers()
  folder = mkdtempSync(join(cache, 'programs-'))
  const compile = () =>
    build({
      absWorkingDir: root,
      entryPoints: readdirSync(here)
        .filter((name) => name.endsWith('.ts') && name !== 'run.ts' && name !== 'compile.ts')
        .map((name) => join(here, name)),
      outdir: folder,
      bundle: true,
      packages: 'external',
      splitting: true,
      keepNames: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      plugins: [placeOfNative],
    })
  await compile()
  project.onTestsRerun(async () => void (await compile()))
  project.provide('programs', folder)
}

/** Of runs that were killed: a day old. */
function removeLeftovers(): void {
  for (const name of readdirSync(cache).filter((name) => name.startsWith('programs-'))) {
    const left = join(cache, name)
    if (Date.now() - statSync(left).mtimeMs > 86_400_000) rmSync(left, { recursive: true, force: true })
  }
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true })
}
