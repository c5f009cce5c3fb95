import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The ports at which a process listens by IPv4 (Linux). */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const lines = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    // 0A is LISTEN.
    return state === '0A' && sockets.has(inode!) ? [Number.parseInt(local!.split(':')[1]!, 16)] : []
  })
}
