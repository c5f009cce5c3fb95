import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Log, output, SetupError } from '../setup/step.mjs'
import { cache } from './paths.mjs'

export const openblasVersion = '0.3.34'

/** Debian's source archive: OpenBLAS without LAPACK. */
export const archive = {
  name: `openblas_${openblasVersion}+ds.orig.tar.xz`,
  sha256: '031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d',
}

/** Used if apt does not have it: Debian's archive keeps only the newest version, the snapshots (by SHA-1) keep all. */
export const addresses = [
  `https://deb.debian.org/debian/pool/main/o/openblas/${archive.name}`,
  'https://snapshot.debian.org/file/1d5b65ee759b6c81a921fb5a3d4cb782af11c220',
]

/** The path of the checked archive: from PERCEPTRA_OPENBLAS_SOURCE, the cache, apt or Debian's sites. */
export function provideSource() {
  const given = process.env.PERCEPTRA_OPENBLAS_SOURCE
  if (given) {
    check(given)
    return given
  }
  const path = join(cache, archive.name)
  if (!existsSync(path)) download(path)
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

function download(path) {
  const log = new Log('prebuild-source')
  if (downloadByApt(log) && existsSync(path)) return
  const program = fileURLToPath(new URL('./download.mjs', import.meta.url))
  if (!log.try(process.execPath, [program, archive.sha256, path, ...addresses]))
    throw log.failure("Downloading OpenBLAS's source", advice)
}

/** Uses apt's own means and checks with separate package lists; this system's apt is not changed. */
function downloadByApt(log) {
  const site = output('apt-get', ['indextargets', '--format', '$(SITE)', 'ORIGIN: Debian']).split('\n')[0]
  if (!site) return false
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
  const wanted = ['source', '--download-only', '--only-source', '--tar-only', 'openblas']
  const done = log.try('apt-get', [...options, 'update']) && log.try('apt-get', [...options, ...wanted], { cwd: cache })
  rmSync(folder, { recursive: true, force: true })
  return done
}
