/** The key that is in Redis while a run waits for results. Workers end jobs of runs without it. */
export const aliveKey = (run: string) => `perceptra:run:${run}`

/** Seconds for which the key stays without news of the run. */
export const aliveSeconds = 60

/** What the key holds: jobs go on, or end soon with what they have. */
export type RunState = 'running' | 'stopping'

/** The name of a worker tells how many jobs it does at once. */
export const nameOfWorker = (pid: number, slots: number) => `${pid}-slots${slots}`
export const slotsPattern = /-slots(\d+)$/
