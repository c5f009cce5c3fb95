// Writes lib/datasets/digits-data.ts from a folder with digits.csv.gz (64 pixels and the digit per row, with a header)
// and test_index.json (the row numbers of the test split).
// Usage: node scripts/make-digits.mjs [folder]
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2] ?? join(root, '../shared/data/digits')
const pixels = 64
const lineWidth = 116

const csv = gunzipSync(readFileSync(join(folder, 'digits.csv.gz'))).toString('utf8')
const rows = csv
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number))
const testIndex = JSON.parse(readFileSync(join(folder, 'test_index.json'), 'utf8'))

for (const [i, row] of rows.entries()) {
  const sound =
    row.length === pixels + 1 &&
    row.every((value, j) => Number.isInteger(value) && value >= 0 && value <= (j < pixels ? 16 : 9))
  if (!sound)
    throw new Error(`row ${i} of digits.csv.gz does not hold ${pixels} pixels from 0 to 16 and a digit: ${row}`)
}
if (
  new Set(testIndex).size !== testIndex.length ||
  !testIndex.every((i) => Number.isInteger(i) && i >= 0 && i < rows.length)
) {
  throw new Error('test_index.json does not hold different rows')
}

// Test rows first, so that no index has to be stored.
const isTest = new Set(testIndex)
const ordered = [...testIndex.map((i) => rows[i]), ...rows.filter((_, i) => !isTest.has(i))]
const bytes = Uint8Array.from([...ordered.flatMap((row) => row.slice(0, pixels)), ...ordered.map((row) => row[pixels])])
const text = gzipSync(bytes, { level: 9 }).toString('base64')
const lines = text.match(new RegExp(`.{1,${lineWidth}}`, 'g'))

const source = `// Made by scripts/make-digits.mjs; do not edit.

/**
 * The test part of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning
 * Repository, https://doi.org/10.24432/C50P49, licensed under CC BY 4.0
 * (https://creativecommons.org/licenses/by/4.0/). Changed: put in another order, packed.
 */
export const digitsData = {
  train: ${rows.length - testIndex.length},
  test: ${testIndex.length},
  /** gzip'd, in base64: all images (64 bytes each, 0 to 16), then all labels (a byte each); test rows come first. */
  base64: [
${lines.map((line) => `    '${line}',`).join('\n')}
  ].join(''),
}
`
const path = join(root, 'lib/datasets/digits-data.ts')
writeFileSync(path, source)
console.log(`${path}: ${rows.length} images, ${source.length} bytes`)
