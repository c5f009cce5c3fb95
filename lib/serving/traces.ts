type Attributes = Readonly<Record<string, string | number>>

/** What is used of a span of OpenTelemetry. */
interface Span {
  isRecording(): boolean
  setAttributes(attributes: Attributes): unknown
  setStatus(status: { code: number }): unknown
  end(): void
}

type Context = object

/** What is used of @opentelemetry/api. */
interface Api {
  trace: {
    getTracer(name: string): { startSpan(name: string, options: object, context: Context): Span }
    getSpan(context: Context): Span | undefined
  }
  context: { active(): Context }
  propagation: { extract(context: Context, carrier: Header, getter: object): Context }
  SpanKind: { INTERNAL: number; SERVER: number }
  SpanStatusCode: { ERROR: number }
}

type Header = (name: string) => string | null | undefined

/** Reads the caller's trace out of headers, or the metadata of gRPC. */
const getter = {
  get: (header: Header, name: string) => header(name.toLowerCase()) ?? undefined,
  keys: () => [],
}

/** What is known of a request when it begins. */
export interface SpanOptions {
  readonly kind: 'server' | 'internal'
  readonly attributes?: Attributes
  /** Headers by their names in lower case: the caller's trace may be in `traceparent`. */
  readonly header?: Header
}

/** Spans of OpenTelemetry, one for each request. Without its SDK nothing records them, and they cost nothing. */
export class Traces {
  constructor(readonly api: Api) {}

  /** Undefined where @opentelemetry/api is not installed. */
  static async load(): Promise<Traces | undefined> {
    const name = '@opentelemetry/api'
    const loaded = await import(name).catch(() => undefined)
    // Its own default export has a part of it only.
    return loaded && new Traces((loaded.SpanKind ? loaded : loaded.default) as Api)
  }

  /** The span of a request, as a part of the active one, or else of the caller's; undefined where nothing records it. */
  begin(name: string, { kind, attributes, header }: SpanOptions): RequestSpan | undefined {
    const { trace, context, propagation, SpanKind } = this.api
    const active = context.active()
    const parent = header && !trace.getSpan(active) ? propagation.extract(active, header, getter) : active
    const options = { kind: SpanKind[kind === 'server' ? 'SERVER' : 'INTERNAL'], attributes }
    // Not kept: the SDK may be registered after the server has begun.
    const span = trace.getTracer('perceptra').startSpan(name, options, parent)
    return span.isRecording() ? new RequestSpan(span, this.api) : undefined
  }
}

/** The span of one request. */
export class RequestSpan {
  constructor(
    readonly span: Span,
    readonly api: Api,
  ) {}

  /** The model that is asked; empty for requests about none. */
  asks(model: string): void {
    if (model !== '') this.span.setAttributes({ 'perceptra.model': model })
  }

  answeredBy(version: string): void {
    this.span.setAttributes({ 'perceptra.version': version })
  }

  /** Its rows begin to be computed. @param rows those of the batch. @param waitMs how long they waited, in milliseconds. */
  computes(rows: number, waitMs: number): void {
    this.span.setAttributes({ 'perceptra.batch.rows': rows, 'perceptra.queue.wait_ms': waitMs })
  }

  end(attributes: Attributes, isFault: boolean): void {
    this.span.setAttributes(attributes)
    if (isFault) this.span.setStatus({ code: this.api.SpanStatusCode.ERROR })
    this.span.end()
  }
}
