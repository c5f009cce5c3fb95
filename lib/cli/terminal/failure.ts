import { ArgumentError, MlpError } from '../../base/errors.js'

/** A command line that makes no sense, whatever the files hold. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Exit codes of every command. */
export const exits = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** System errors that are about a path, with what to say of them. */
const pathFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
  ENOSPC: 'the disk is full',
}

/** What went wrong, for a person: no stack, no class names. */
export function messageOf(error: unknown): string {
  const { code, path, message } = Object(error) as NodeJS.ErrnoException
  const cause = (error as Error | undefined)?.cause as NodeJS.ErrnoException | undefined
  const fault = code === 'ERR_ARGUMENT' && cause?.code ? cause : { code, path }
  if (fault.code && fault.path && pathFaults[fault.code]) return `${fault.path}: ${pathFaults[fault.code]}.`
  if (code === 'EADDRINUSE') {
    const { address, port } = error as { address?: string; port?: number }
    return `Another program listens at ${address}:${port}. --port takes another port; 0 is a free one.`
  }
  return message ?? String(error)
}

/** Whether an error was made for people to read; another one is a bug. */
export function isExpected(error: unknown): boolean {
  return (
    error instanceof MlpError ||
    error instanceof UsageError ||
    typeof (Object(error) as { syscall?: unknown }).syscall === 'string'
  )
}

/** An ArgumentError for what a file holds. */
export function wrong(message: string): ArgumentError {
  return new ArgumentError(message)
}
