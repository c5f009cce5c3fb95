import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { expect, inject } from 'vitest'

/** What a program printed, and the folder in which it ran. */
export interface Run {
  stdout: string
  folder: string
}

/**
 * Runs a program of TypeScript as a user would who pastes it into an empty folder. 'perceptra' is this checkout. It must end by
 * itself and write nothing to stderr.
 */
export function runProgram(code: string): Run {
  const { file, folder } = compileProgram(code)
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: folder,
    encoding: 'utf8',
    // Nothing is found in the caches of whoever runs this, nor left there.
    env: { ...process.env, HOME: folder, XDG_CACHE_HOME: folder },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return { stdout, folder }
}

/** Writes a program to a folder of its own, where it finds 'perceptra'. Types are removed here, since tsx starts slowly. */
export function compileProgram(code: string): { file: string; folder: string } {
  const folder = mkdtempSync(join(inject('programs'), 'example-'))
  const file = join(folder, 'example.mjs')
  writeFileSync(file, transformSync(code, { loader: 'ts', format: 'esm', target: 'node20.19' }).code)
  return { file, folder }
}
