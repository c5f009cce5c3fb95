import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gloo, provideSource } from '../../scripts/prebuild/source.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Builds what times the all-reduce alone: `perceptra_sums` with our CMake, Gloo's benchmark with Gloo's own, from the archive that the
 * addon is built from. Only what has changed is built again.
 */
export function buildPrograms() {
  const archive = provideSource(gloo)
  const bench = join(root, 'build', 'bench')
  cmake(root, bench, 'perceptra_sums', ['-DPERCEPTRA_BUILD_BENCH=ON', `-DPERCEPTRA_GLOO=${archive}`])
  const source = join(bench, 'binding', 'gloo', 'source')
  const folder = execFileSync('sh', ['-c', `dirname ${source}/*/gloo`], { encoding: 'utf8' }).trim()
  const theirs = join(root, 'build', 'gloo-benchmark')
  cmake(folder, theirs, 'benchmark', ['-DBUILD_BENCHMARK=ON', '-DUSE_REDIS=OFF', '-DCMAKE_CXX_FLAGS=-w'])
  return {
    ours: join(bench, 'binding', 'gloo', 'perceptra_sums'),
    gloo: join(theirs, 'gloo', 'benchmark', 'benchmark'),
  }
}

function cmake(source, folder, target, options) {
  const run = (...args) => {
    try {
      execFileSync('cmake', args, { stdio: 'pipe' })
    } catch (error) {
      throw new Error(`cmake ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`)
    }
  }
  run('-S', source, '-B', folder, '-DCMAKE_BUILD_TYPE=Release', ...options)
  run('--build', folder, '--parallel', '2', '--target', target)
}
