import { join } from 'node:path'
import { expect, it } from 'vitest'
import { userCacheDir } from '../../../lib/datasets/cache-dir.js'

const home = join('/', 'home', 'me')
const elsewhere = join('/', 'elsewhere')

it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
  ['linux', {}, join(home, '.cache', 'perceptra')],
  ['linux', { XDG_CACHE_HOME: elsewhere }, join(elsewhere, 'perceptra')],
  ['linux', { XDG_CACHE_HOME: '' }, join(home, '.cache', 'perceptra')],
  ['linux', { XDG_CACHE_HOME: 'relative' }, join(home, '.cache', 'perceptra')],
  ['darwin', { XDG_CACHE_HOME: elsewhere }, join(home, 'Library', 'Caches', 'perceptra')],
  ['win32', { LOCALAPPDATA: elsewhere }, join(elsewhere, 'perceptra')],
  ['win32', {}, join(home, 'AppData', 'Local', 'perceptra')],
])('the cache folder on %s with %o', (platform, env, expected) => {
  expect(userCacheDir(platform, env, home)).toBe(expected)
})
