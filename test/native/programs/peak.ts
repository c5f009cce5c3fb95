import { readFileSync } from 'node:fs'

/** The peak resident set size of this process, in MB. On Linux getrusage includes the peak of the parent process. */
export function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
  return (Number(kilobytes) * 1.024) / 1000
}
