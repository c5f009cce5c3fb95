import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { datasets } from 'perceptra'

async function withFile(content, use) {
  const folder = await mkdtemp(join(tmpdir(), 'perceptra-smoke-'))
  try {
    const file = join(folder, 'table')
    await writeFile(file, content)
    return await use(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

// The packages that read these formats are loaded at their first use.
export const checks = {
  'CSV files are read': () =>
    withFile('name,age\n"Lovelace, Ada",36\nTuring,41\n', async (file) => {
      const table = await datasets.readCsv(file)
      assert.deepEqual([...table.column('age')], [36, 41])
    }),

  'readParquet rejects a file that is not Parquet, and names the format': () =>
    withFile('this is no Parquet file', async (file) => {
      await assert.rejects(datasets.readParquet(file), (error) => {
        assert.equal(error.code, 'ERR_FORMAT')
        assert.match(error.message, /Parquet/)
        return true
      })
    }),
}
