/** The paths of the server, in OpenAPI's form. `isOpen`: no key is needed, for probes. */
export const paths = {
  page: { method: 'GET', path: '/' },
  openApi: { method: 'GET', path: '/openapi.json' },
  models: { method: 'GET', path: '/models' },
  predict: { method: 'POST', path: '/models/{model}/predict' },
  predictVersion: { method: 'POST', path: '/models/{model}/versions/{version}/predict' },
  drift: { method: 'GET', path: '/models/{model}/drift' },
  driftVersion: { method: 'GET', path: '/models/{model}/versions/{version}/drift' },
  metrics: { method: 'GET', path: '/metrics' },
  server: { method: 'GET', path: '/v2' },
  live: { method: 'GET', path: '/v2/health/live', isOpen: true },
  ready: { method: 'GET', path: '/v2/health/ready', isOpen: true },
  metadata: { method: 'GET', path: '/v2/models/{model}' },
  metadataVersion: { method: 'GET', path: '/v2/models/{model}/versions/{version}' },
  modelReady: { method: 'GET', path: '/v2/models/{model}/ready', isOpen: true },
  modelReadyVersion: { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready', isOpen: true },
  infer: { method: 'POST', path: '/v2/models/{model}/infer' },
  inferVersion: { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer' },
} as const satisfies Record<string, { method: 'GET' | 'POST'; path: string; isOpen?: boolean }>

/** The parts of a path in braces. */
export interface PathParameters {
  readonly model: string
  readonly version?: string
}
