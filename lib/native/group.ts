/** This process's end of a group of ranks. One call at a time; every rank makes the same calls in the same order. */
export interface NativeGroup {
  /**
   * What each rank needs to reach this one, by its number; the own entry is empty. Each holds random numbers: who lacks them
   * cannot connect.
   */
  addresses(): Uint8Array[]
  /** Connects to all ranks. `addresses[r]` is what rank r made for this rank. */
  connect(addresses: Uint8Array[], timeoutMs: number): Promise<void>
  /** Adds up over ranks, in place: all get the same bits. The order is Gloo's, by the size and the count alone. */
  allReduce(values: Float64Array, timeoutMs: number): Promise<void>
  /** Copies the bytes of rank `root` to all others, which have as many. */
  broadcast(bytes: Uint8Array, root: number, timeoutMs: number): Promise<void>
  /** Keeps the compute threads of this process for fits with this group. Returns false while another group has them. */
  reserve(): boolean
  release(): void
  /**
   * Ends the connections, soon after it has returned: whoever waits for this rank gets ERR_GROUP_LOST.
   * @param reason for its message; the first one counts.
   */
  close(reason?: string): void
}

/** The group of a run of training. */
export interface NativeGroupRun {
  readonly group: NativeGroup
  /** How long a step waits for other ranks. */
  readonly timeoutMs: number
}
