import { readFileSync } from 'node:fs'

/**
 * The peak resident set of this process so far, in megabytes. Linux's getrusage starts with that of the parent
 * process; /proc does not.
 */
export function peakMegabytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return (Number(kilobytes) * 1.024) / 1000
}
