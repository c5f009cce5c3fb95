import type { Host } from '../host.js'
import type { Answer } from './call.js'
import { rowSchema } from './open-api.js'

/** GET /: a page to try a row by hand. It asks nobody but this server. */
export async function page(host: Host): Promise<Answer> {
  const models = await Promise.all(
    host.names.map(async (name) => {
      const servable = await host.find(name, undefined)
      const query = servable.hasProbabilities ? '?probabilities' : ''
      return { name, path: `models/${name}/predict${query}`, example: example(rowSchema(servable)) }
    }),
  )
  const headers = {
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
    'x-content-type-options': 'nosniff',
  }
  return { status: 200, type: 'text/html; charset=utf-8', headers, body: html.replace('"MODELS"', () => embed(models)) }
}

/** JSON inside a script: no text in it ends the script. */
function embed(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What schemas of rows say of a column; those of table models say more. */
interface ColumnSchema {
  readonly type?: string | readonly string[]
  readonly examples?: readonly unknown[]
  readonly 'x-kind'?: string
  readonly 'x-minimum'?: number
}

/** A row to begin with: of each column the most frequent value of training, or the smallest. */
function example(schema: { minItems?: number; properties?: Record<string, ColumnSchema> }): unknown {
  if (!schema.properties) return Array.from({ length: schema.minItems ?? 1 }, () => 0)
  const entries = Object.entries(schema.properties).filter(([, column]) => column['x-kind'] !== 'target')
  return Object.fromEntries(entries.map(([name, column]) => [name, exampleOf(column)]))
}

function exampleOf({ type, examples, 'x-kind': kind, 'x-minimum': minimum }: ColumnSchema): unknown {
  if (examples?.[0] !== undefined) return examples[0]
  if (kind === 'boolean') return false
  if (kind === 'date') return minimum === undefined ? null : new Date(minimum).toISOString()
  return minimum ?? ([type].flat()[0] === 'string' ? '' : 0)
}

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>perceptra</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 0 auto; max-width: 48rem; padding: 1.5rem }
  textarea { width: 100%; min-height: 12rem; font: 14px/1.5 ui-monospace, monospace; box-sizing: border-box }
  label { display: block; margin: 0 0 .75rem }
  button, select { font: inherit; padding: .25rem .75rem }
  pre { padding: .75rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); white-space: pre-wrap }
</style>
<h1>Try a row</h1>
<label>Model <select id="model"></select></label>
<label>Row, or a list of rows, as JSON <textarea id="row" spellcheck="false"></textarea></label>
<button id="send">Predict</button>
<h2>Answer</h2>
<pre id="answer" aria-live="polite">None yet.</pre>
<p><a href="openapi.json">OpenAPI document</a></p>
<script type="module">
  const models = "MODELS"
  const [select, row, answer] = ['model', 'row', 'answer'].map((id) => document.getElementById(id))
  for (const { name } of models) select.add(new Option(name))
  select.onchange = () => { row.value = JSON.stringify(models[select.selectedIndex]?.example, null, 2) ?? '' }
  select.onchange()
  document.getElementById('send').onclick = async () => {
    const start = performance.now()
    try {
      const { path } = models[select.selectedIndex]
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(path, { method: 'POST', headers, body: row.value })
      const text = JSON.stringify(await response.json(), null, 2)
      answer.textContent = response.status + ' in ' + (performance.now() - start).toFixed(1) + ' ms\\n' + text
    } catch (error) {
      answer.textContent = String(error)
    }
  }
</script>
</html>
`
