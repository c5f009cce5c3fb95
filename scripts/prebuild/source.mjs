import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Log, output, SetupError } from '../setup/step.mjs'
import { cache, root } from './paths.mjs'

// Debian's source archives, of the packages with these names. `addresses` are used if apt does not have one: Debian's archive
// keeps only the newest version, the snapshots (by SHA-1) keep all. `variable` names a path in the environment.

const openblasVersion = '0.3.34'

/** OpenBLAS without LAPACK. */
export const openblas = {
  title: `OpenBLAS ${openblasVersion}`,
  version: openblasVersion,
  package: 'openblas',
  variable: 'PERCEPTRA_OPENBLAS_SOURCE',
  name: `openblas_${openblasVersion}+ds.orig.tar.xz`,
  sha256: '031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d',
  addresses: [
    `https://deb.debian.org/debian/pool/main/o/openblas/openblas_${openblasVersion}+ds.orig.tar.xz`,
    'https://snapshot.debian.org/file/1d5b65ee759b6c81a921fb5a3d4cb782af11c220',
  ],
}

const glooName = settingOf('PERCEPTRA_GLOO_ARCHIVE')

/** Gloo; CMake has its name and checks it too. */
export const gloo = {
  title: 'Gloo',
  version: glooName.replace(/^gloo_|\.orig.*/g, ''),
  package: 'gloo',
  variable: 'PERCEPTRA_GLOO',
  name: glooName,
  sha256: settingOf('PERCEPTRA_GLOO_SHA256'),
  addresses: [
    `https://deb.debian.org/debian/pool/main/g/gloo/${glooName}`,
    'https://snapshot.debian.org/file/6a2ba8a7850eab8a41d99f09c9eba7c3def5ac74',
  ],
}

function settingOf(name) {
  const text = readFileSync(join(root, 'binding', 'gloo', 'CMakeLists.txt'), 'utf8')
  return new RegExp(`set\\(${name} (.*)\\)`).exec(text)[1]
}

/** The path of an archive, checked: from the environment, the cache, apt or Debian's sites. */
export function provideSource(archive) {
  const given = process.env[archive.variable]
  if (given) {
    check(archive, given)
    return given
  }
  const path = join(cache, archive.name)
  if (!existsSync(path)) download(archive, path)
  try {
    check(archive, path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
  return path
}

function check(archive, path) {
  if (!existsSync(path)) throw new SetupError(`There is no ${path}. ${adviceOf(archive)}`)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== archive.sha256) {
    throw new SetupError(`${path} must have the SHA-256 ${archive.sha256}, but has ${found}. ${adviceOf(archive)}`)
  }
}

function adviceOf({ variable, name, title }) {
  return `Set ${variable} to the path of ${name}, Debian's source archive of ${title}.`
}

function download(archive, path) {
  const log = new Log('prebuild-source')
  if (downloadByApt(archive, log) && existsSync(path)) return
  const program = fileURLToPath(new URL('./download.mjs', import.meta.url))
  if (!log.try(process.execPath, [program, archive.sha256, path, ...archive.addresses]))
    throw log.failure(`Downloading the source of ${archive.title}`, adviceOf(archive))
}

/** Uses apt's own means and checks with separate package lists; this system's apt is not changed. */
function downloadByApt(archive, log) {
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
  const wanted = ['source', '--download-only', '--only-source', '--tar-only', archive.package]
  const done = log.try('apt-get', [...options, 'update']) && log.try('apt-get', [...options, ...wanted], { cwd: cache })
  rmSync(folder, { recursive: true, force: true })
  return done
}
