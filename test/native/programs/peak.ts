import { readFileSync } from 'node:fs'

/** The largest resident set of this process so far, in MB. Linux's getrusage begins with that of the process that started it. */
export function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
  return (Number(kilobytes) * 1.024) / 1000
}
