import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compiled } from '../native/programs/run.js'

/** What a rank of the program member.ts printed at its end. */
export interface MemberResult {
  readonly round?: number
  readonly sum?: number
  readonly code?: string
  readonly message?: string
}

/** A rank that runs. */
export interface Member {
  readonly process: ChildProcess
  /** What it printed; undefined if it was killed. */
  readonly result: Promise<MemberResult | undefined>
  /** Resolves when its standard error has this text. */
  says(text: string): Promise<void>
}

export const newFolder = () => mkdtempSync(join(tmpdir(), 'perceptra-ranks-'))

/**
 * Starts a rank, which finds the others by a folder.
 * @param prefix a command that starts another one.
 */
export function startMember(
  [rank, size]: readonly [number, number],
  { folder, rounds = 1e9, timeout = 30 }: { folder: string; rounds?: number; timeout?: number },
  prefix: readonly string[] = [],
): Member {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    RANK: `${rank}`,
    WORLD_SIZE: `${size}`,
    PERCEPTRA_STORE: pathToFileURL(folder).href,
  }
  const [command, ...args] = [...prefix, process.execPath, compiled('member'), `${rounds}`, `${timeout}`]
  const child = spawn(command!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  const looks = new Set<() => void>()
  const lookAgain = () => {
    for (const look of looks) look()
  }
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
    lookAgain()
  })
  const result = new Promise<MemberResult | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      lookAgain()
      resolve(out === '' ? undefined : JSON.parse(out))
    })
  })
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (err.includes(text)) resolve()
        else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`It ended: ${out}${err}`))
      }
      looks.add(look)
      look()
    })
  return { process: child, result, says }
}

/** Starts all ranks of a group. */
export function startMembers(size: number, options: { rounds?: number; timeout?: number } = {}): Member[] {
  const folder = newFolder()
  return Array.from({ length: size }, (_, rank) => startMember([rank, size], { folder, ...options }))
}
