import type { Problem } from '../problem.js'

/** Codes of gRPC: https://grpc.io/docs/guides/status-codes */
const codes: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  404: 5, // NOT_FOUND
  413: 8, // RESOURCE_EXHAUSTED
  499: 1, // CANCELLED
  503: 14, // UNAVAILABLE: clients may try again
  504: 4, // DEADLINE_EXCEEDED
}

const internal = 13

/** What a client of gRPC receives in place of an answer. */
export interface GrpcStatus {
  readonly code: number
  readonly details: string
}

/** The code for a status of HTTP. */
export function codeOf(status: number): number {
  return codes[status] ?? internal
}

export function toStatus({ status, message }: Problem): GrpcStatus {
  return { code: codeOf(status), details: message }
}
