import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { TabularClassifier } from '../../../lib/index.js'
import { customers, run, withCustomers } from './run.js'

let cwd: string
beforeAll(async () => {
  cwd = withCustomers()
  const write = (name: string, text: string | Uint8Array) => writeFileSync(join(cwd, name), text)
  const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(customers.slice(0, 60), {
    target: 'churned',
  })
  await model.save(join(cwd, 'churned.safetensors'))
  write('torn.safetensors', model.toBytes().subarray(0, 1000))
  write('empty.csv', '')
  write('head.csv', 'a,b\n')
  write('book.xlsx', Buffer.from('PK\x03\x04 and more'))
  write('page.csv', '<!doctype html><html></html>')
  write('array.json', '[{"a":1}]')
  write('torn.csv', 'a,b\n1,2\n3\n')
  write('torn.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]))
  write('bytes.bin', Buffer.from([0, 1, 2, 0, 3]))
  write('renamed.csv', 'number,Plan,months,call\n1,pro,2,3\n')
  write('words.csv', 'number,plan,months,calls\n1,pro,2,many\n')
  write('other.csv', 'number,plan,months,calls,churned\n1,pro,2,3,perhaps\n')
  write('no-target.csv', 'a,y\n1,x\n2,\n')
  write('not.json', '{ "layers": ')
  write('kind.json', '{ "kind": "MLPClasifier" }')
  write('slow.json', '{ "kind": "MLPClassifier", "maxIter": 100000, "tol": 0, "search": { "alpha": [0.1, 0.2] } }')
  write('unit.json', '{ "layers": [{ "type": "dense", "unit": 3 }] }')
  write('broken.safetensors', 'nothing')
  mkdirSync(join(cwd, 'folder'))
})

describe('a mistake ends with its code and one line that says what to do', () => {
  it.each([
    ['train customers.csv', 2, /required option '--target <column>'/],
    ['trian customers.csv', 2, /Did you mean train\?/],
    ['train customers.csv --target churned --sed 1', 2, /Did you mean --seed\?/],
    ['train customers.csv --target churned --preset slow', 2, /Allowed choices are fast/],
    ['train customers.csv --target churned --time soon', 2, /Expected a number of at least 0\.001/],
    ['train customers.csv --target churned --task regression', 2, /Did you mean numbers\?/],
    ['train customers.csv --target churned --out model.onnx', 2, /npx perceptra convert/],
    ['train customers.csv --target churned --preset fast --config net.json', 2, /not both/],
    ['train nowhere.csv --target churned', 1, /^perceptra train: nowhere\.csv: there is no such file\.$/],
    ['train folder --target churned', 1, /folder: it is a folder/],
    [
      'train customers.csv --target churn',
      1,
      /has no column "churn"\. Did you mean "churned"\? It has: "number", "plan"/,
    ],
    ['train customers.csv --target churned --ignore plans', 1, /Did you mean "plan"\?/],
    ['train customers.csv --target churned --metric acuracy', 1, /Did you mean accuracy\?/],
    ['train customers.csv --target churned --kind plan=categry', 1, /Did you mean category\?/],
    ['train customers.csv --target plan --kind plan=category', 1, /plan/],
    ['train empty.csv --target x', 1, /empty\.csv is empty/],
    ['train head.csv --target b', 1, /head\.csv has no rows, only the names of columns/],
    ['train book.xlsx --target x', 1, /an Excel workbook: expected rows\. Save the sheet as CSV/],
    ['train page.csv --target x', 1, /a page of HTML/],
    ['train array.json --target x', 1, /one JSON array: expected rows\. Write one object in each line/],
    ['train torn.csv --target b', 1, /torn\.csv: expected 2 fields in line 3/],
    ['train torn.gz --target b', 1, /corrupt or truncated/],
    ['train bytes.bin --target b', 1, /a binary file/],
    ['train churned.safetensors --target b', 1, /a safetensors file, such as a model/],
    ['train no-target.csv --target y', 1, /The target "y" is missing in row 2/],
    ['train customers.csv --target churned --config not.json', 1, /not\.json is not JSON/],
    ['train customers.csv --target churned --config kind.json', 1, /Did you mean "MLPClassifier"\?/],
    ['train customers.csv --target churned --config unit.json', 1, /unit/],
    ['train customers.csv --target churned --config none.json', 1, /none\.json: there is no such file/],
    ['train customers.csv --target churned --time 1 --out nowhere/a.safetensors', 1, /there is no folder nowhere/],
    ['evaluate customers.csv churned.safetensors', 2, /The file of the model comes before that of the rows/],
    ['evaluate broken.safetensors customers.csv', 1, /broken\.safetensors/],
    ['evaluate churned.safetensors other.csv', 1, /the class "perhaps" in row 1, but the model knows: no, yes/],
    ['evaluate churned.safetensors words.csv', 1, /has no column "churned"/],
    [
      'predict churned.safetensors renamed.csv',
      1,
      /lacks columns that the model was trained with: "plan" \(is it "Plan"\?\), "calls" \(is it "call"\?\)/,
    ],
    ['predict churned.safetensors words.csv', 1, /row 0, column "calls".*"many"/],
    [
      'predict churned.safetensors customers.csv --interval 0.9',
      2,
      /--interval is for table models that learned numbers/,
    ],
    ['predict churned.safetensors customers.csv --out nowhere/a.csv', 1, /nowhere/],
    ['predict churned.safetensors', 2, /missing required argument 'data'/],
    ['predict model.onnx customers.csv', 2, /npx perceptra convert model\.onnx model\.safetensors/],
    ['search customers.csv --target churned --config kind.json', 2, /has no "search"/],
    [
      'search customers.csv --target churned --config slow.json --seed 1 --time 0.001',
      1,
      /No candidate was scored on all folds in 0\.001 s: give more --time, or fewer --folds/,
    ],
    ['convert churned.safetensors no/churned.onnx', 1, /no\/churned\.onnx: there is no folder no\.$/],
    ['train customers.csv --target churned --report no/report.html', 1, /no\/report\.html: there is no folder no\.$/],
    ['serve customers.csv', 1, /is it a file of another kind/],
    ['convert churned.safetensors', 2, /missing required argument 'out'/],
    ['convert torn.safetensors churned.onnx', 1, /torn\.safetensors is not a readable safetensors file.*truncated/],
    ['inspect nowhere.safetensors', 1, /nowhere\.safetensors: there is no such file/],
    ['completion powershell', 2, /Allowed choices are bash, zsh, fish/],
  ])('%s', async (line, code, message) => {
    const { code: actual, out, err } = await run(cwd, line.split(' '))
    expect(err.trim()).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
    expect([actual, out]).toEqual([code, ''])
  })

  it('shows where an error came from with --debug, or DEBUG', async () => {
    const line = ['train', 'nowhere.csv', '--target', 'x']
    expect((await run(cwd, [...line, '--debug'])).err).toMatch(/\n\s+at /)
    expect((await run(cwd, line, '', { DEBUG: 'perceptra' })).err).toMatch(/\n\s+at /)
  })
})

describe('help', () => {
  it('lists the commands, and has an example of each', async () => {
    const { code, out } = await run(cwd, [])
    expect(code).toBe(0)
    const names = [...out.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name!)
    expect(names).toEqual(
      expect.arrayContaining([
        'train',
        'evaluate',
        'predict',
        'search',
        'inspect',
        'convert',
        'serve',
        'build',
        'info',
      ]),
    )
    for (const name of names) {
      const { code: ofCommand, out: help } = await run(cwd, [name, '--help'])
      expect([ofCommand, help]).toEqual([0, expect.stringMatching(/Example:\n.*perceptra /)])
    }
  })

  it.each(['bash', 'zsh', 'fish'])('completion prints a script for %s', async (shell) => {
    const { code, out } = await run(cwd, ['completion', shell])
    expect([code, out]).toEqual([0, expect.stringContaining('train')])
    expect(out).toContain(shell === 'fish' ? '-l target' : '--target')
  })

  it('info says what computes here', async () => {
    const { code, out } = await run(cwd, ['info', '--json'])
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ cores: expect.any(Number) })])
  })
})
