import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, must } from './command.mjs'
import { once } from './nodes.mjs'

/**
 * A folder with the contents of some Debian packages, for any processor and suite; does not change this system.
 * Uses apt's mirror.
 */
export async function unpackDebs(suite, arch, names) {
  const folder = join(cache, 'debian', `${suite}-${arch}-${names.join('-')}`)
  await once(join(folder, 'root'), async (place) => {
    const [mirror] = (await must('apt-get', ['indextargets', '--format', '$(SITE)', 'ORIGIN: Debian'])).split('\n')
    if (!mirror) throw new Error(`${names.join(', ')} cannot be downloaded: this system's apt knows no Debian mirror`)
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
    writeFileSync(join(place, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${suite} main\n`)
    const [state, store] = ['lists/partial', 'archives/partial'].map((path) => {
      mkdirSync(join(place, path), { recursive: true })
      return join(place, path.split('/')[0])
    })
    const options = {
      'Dir::Etc::sourcelist': join(place, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': state,
      'Dir::Cache::archives': store,
      'Dir::Cache::pkgcache': '',
      'Dir::Cache::srcpkgcache': '',
      'APT::Architecture': arch,
      'APT::Architectures': arch,
      'APT::Sandbox::User': 'root',
    }
    const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    await must('apt-get', [...flags, 'update'], { cwd: place })
    await must('apt-get', [...flags, 'download', ...names], { cwd: place })
    mkdirSync(join(place, 'root'))
    for (const file of readdirSync(place).filter((name) => name.endsWith('.deb'))) {
      await must('dpkg', ['-x', file, 'root'], { cwd: place })
    }
  })
  return join(folder, 'root')
}
