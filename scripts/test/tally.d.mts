export interface Tally {
  passed: number
  failed: number
  skipped: number
}
export interface VitestRun {
  report:
    | { testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[] }
    | undefined
  exitCode: number
  selected?: string[]
}
export function addUp(tallies: Tally[]): Tally
export function toText(tally: Tally): string
export function tallyCtest(text: string, exitCode: number): Tally
export function tallyVitest(runs: VitestRun[]): Tally
