import { join } from 'node:path'
import { expect, it } from 'vitest'
import { userCacheDir } from '../../../lib/datasets/cache-dir.js'

const home = join('/', 'home', 'me')
const other = join('/', 'other')

it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
  ['linux', {}, join(home, '.cache', 'perceptra')],
  ['linux', { XDG_CACHE_HOME: other }, join(other, 'perceptra')],
  ['linux', { XDG_CACHE_HOME: '' }, join(home, '.cache', 'perceptra')],
  ['linux', { XDG_CACHE_HOME: 'relative' }, join(home, '.cache', 'perceptra')],
  ['darwin', { XDG_CACHE_HOME: other }, join(home, 'Library', 'Caches', 'perceptra')],
  ['win32', { LOCALAPPDATA: other }, join(other, 'perceptra')],
  ['win32', {}, join(home, 'AppData', 'Local', 'perceptra')],
])('userCacheDir follows the conventions of %s with %o', (platform, env, expected) => {
  expect(userCacheDir(platform, env, home)).toBe(expected)
})
