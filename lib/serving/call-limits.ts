/** What is used of the calls of grpc-js that interceptors are given. */
interface InterceptedCall {
  sendStatus(status: { code: number; details: string; metadata: null }): void
}

/** What an interceptor of grpc-js hears of a call. */
interface Responder {
  start(next: (listener: Listener) => void): void
  sendStatus(status: object, next: (status: object) => void): void
}

interface Listener {
  onReceiveHalfClose(next: () => void): void
  onCancel(): void
}

/** The class of grpc-js with which interceptors wrap a call. */
export type InterceptingCall = new (call: InterceptedCall, responder: Responder) => object

const deadlineExceeded = 4

/** How often `answered` looks again. */
const checkMs = 50

/**
 * Ends calls whose message does not come in time: a client that sends slowly, or stops, holds nothing for ever. Counts the calls
 * that are being answered.
 */
export class CallLimits {
  #answering = 0

  /** @param timeoutMs how long a message may take to come. */
  constructor(readonly timeoutMs: number) {}

  /** An interceptor for the options of a server of grpc-js. */
  interceptor(Call: InterceptingCall) {
    return (_: unknown, call: InterceptedCall): object => {
      const details = `The message has not come within ${this.timeoutMs} ms.`
      const late = () => call.sendStatus({ code: deadlineExceeded, details, metadata: null })
      const timer = setTimeout(late, this.timeoutMs)
      let isAnswering = false
      const end = () => {
        clearTimeout(timer)
        if (isAnswering) this.#answering--
        isAnswering = false
      }
      return new Call(call, {
        start: (next) =>
          next({
            onReceiveHalfClose: (received) => {
              clearTimeout(timer)
              isAnswering = true
              this.#answering++
              received()
            },
            onCancel: end,
          }),
        sendStatus: (status, next) => {
          end()
          next(status)
        },
      })
    }
  }

  /** Resolves when no call is being answered. */
  async answered(): Promise<void> {
    while (this.#answering > 0) await new Promise((resolve) => setTimeout(resolve, checkMs))
  }
}
