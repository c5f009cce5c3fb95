import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * The folder for downloads: `perceptra` in the user's cache folder of the operating system.
 *
 * Source: XDG Base Directory Specification (a relative XDG_CACHE_HOME is ignored); Apple's and Windows' conventions.
 */
export function userCacheDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  return join(baseDir(platform, env, home), 'perceptra')
}

function baseDir(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string): string {
  if (platform === 'darwin') return join(home, 'Library', 'Caches')
  if (platform === 'win32') return env.LOCALAPPDATA || join(home, 'AppData', 'Local')
  const xdg = env.XDG_CACHE_HOME
  return xdg && isAbsolute(xdg) ? xdg : join(home, '.cache')
}
