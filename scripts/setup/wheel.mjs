import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Log } from './step.mjs'

/** Installs a Python package that holds a program into a virtual environment in `folder`; returns the log. */
export function installWheel(requirement, folder) {
  rmSync(folder, { recursive: true, force: true })
  const log = new Log(requirement)
  log.run('python3', ['-m', 'venv', folder])
  log.run(join(folder, 'bin', 'pip'), ['install', '--only-binary', ':all:', requirement])
  return log
}
