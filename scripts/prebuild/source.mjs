import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Log, output, SetupError } from '../setup/step.mjs'
import { cache } from './paths.mjs'

export const openblasVersion = '0.3.34'

/** Of Debian's source archive: OpenBLAS without LAPACK. */
export const archive = {
  name: `openblas_${openblasVersion}+ds.orig.tar.xz`,
  sha256: '031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d',
}

/** The path of the checked archive: from PERCEPTRA_OPENBLAS_SOURCE, the cache or Debian. */
export function provideSource() {
  const given = process.env.PERCEPTRA_OPENBLAS_SOURCE
  if (given) {
    check(given)
    return given
  }
  const path = join(cache, archive.name)
  if (!existsSync(path)) downloadByApt()
  try {
    check(path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
  return path
}

function check(path) {
  if (!existsSync(path)) throw new SetupError(`There is no ${path}. ${advice}`)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== archive.sha256) {
    throw new SetupError(`${path} must have the SHA-256 ${archive.sha256}, but has ${found}. ${advice}`)
  }
}

const advice = `Set PERCEPTRA_OPENBLAS_SOURCE to the path of ${archive.name}, Debian's source archive of OpenBLAS ${openblasVersion}.`

/** By apt's own means and checks, with lists of our own: this system's apt is not touched. */
function downloadByApt() {
  const site = output('apt-get', ['indextargets', '--format', '$(SITE)', 'ORIGIN: Debian']).split('\n')[0]
  if (!site)
    throw new SetupError(`OpenBLAS's source cannot be downloaded: this system's apt knows no Debian mirror. ${advice}`)
  const folder = join(cache, 'apt')
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true })
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
  writeFileSync(join(folder, 'sources.list'), `deb-src [signed-by=${keys}] ${site} sid main\n`)
  const options = [
    `Dir::Etc::SourceList=${join(folder, 'sources.list')}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
  ].flatMap((option) => ['-o', option])
  const log = new Log('prebuild-source')
  log.run('apt-get', [...options, 'update'])
  const wanted = ['source', '--download-only', '--only-source', '--tar-only', 'openblas']
  if (!log.try('apt-get', [...options, ...wanted], { cwd: cache })) throw log.failure('apt-get source', advice)
  rmSync(folder, { recursive: true, force: true })
  if (!existsSync(join(cache, archive.name))) {
    const found = readdirSync(cache).filter((name) => name.startsWith('openblas_'))
    throw new SetupError(`Debian's newest OpenBLAS is ${found.join(', ')}, no longer ${archive.name}. ${advice}`)
  }
}
