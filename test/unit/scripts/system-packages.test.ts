import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// A machine of shell scripts: a compiler that finds OpenBLAS once apt-get "installed" it, and an apt-get that writes down what it was asked.
let machine: string

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'perceptra-machine-'))
  provide('c++', `case "$*" in --version) echo 12 ;; *-lopenblas*) test -e ${machine}/installed ;; esac`)
})

afterEach(() => {
  rmSync(machine, { recursive: true })
})

function provide(tool: string, script: string): void {
  writeFileSync(join(machine, tool), `#!/bin/sh\n${script}\n`)
  chmodSync(join(machine, tool), 0o755)
}

/** `says` maps an apt-get command to what it does; all are written down. */
function provideApt(says: { install?: string; update?: string } = {}): void {
  const { install = `: > ${machine}/installed`, update = '' } = says
  const cases = `--version) echo apt; exit ;; install) ${install} ;; update) ${update} ;;`
  provide('apt-get', `echo "apt-get $1" >> ${machine}/asked\ncase $1 in ${cases} esac`)
  provide('dpkg', `echo "dpkg $*" >> ${machine}/asked`)
  // Not everybody is root.
  provide('sudo', 'test "$1" = -n && shift; "$@"')
}

function setUp(): { status: number | null; output: string; asked: string[] } {
  const module = new URL('../../../scripts/setup/system.mjs', import.meta.url)
  const code = `import(${JSON.stringify(module.href)}).then((m) => m.provideSystem(['compiler', 'openblas'])).catch((e) => { console.log(e.message); process.exit(1) })`
  const { status, stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env: { PATH: machine } })
  const file = join(machine, 'asked')
  const asked = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  return { status, output: stdout, asked: asked.filter((line) => line !== 'apt-get --version') }
}

describe.skipIf(process.platform !== 'linux')('system packages', () => {
  it('are left alone when all is there', () => {
    provideApt()
    writeFileSync(join(machine, 'installed'), '')
    expect(setUp()).toMatchObject({ status: 0, asked: [], output: expect.stringContaining('up to date') })
  })

  it('are installed when missing', () => {
    provideApt()
    expect(setUp()).toMatchObject({ status: 0, asked: ['apt-get install'] })
  })

  it('are looked up anew when the lists do not know them', () => {
    provideApt({
      install: `test -e ${machine}/lists && : > ${machine}/installed`,
      update: `: > ${machine}/lists`,
    })
    expect(setUp()).toMatchObject({ status: 0, asked: ['apt-get install', 'apt-get update', 'apt-get install'] })
  })

  it('are installed after an installation that was cut off', () => {
    provideApt({
      install: `test -e ${machine}/lists || { echo "you must manually run 'dpkg --configure -a'"; exit 1; }; : > ${machine}/installed`,
      update: `: > ${machine}/lists`,
    })
    const asked = ['apt-get install', 'dpkg --configure -a', 'apt-get update', 'apt-get install']
    expect(setUp()).toMatchObject({ status: 0, asked })
  })

  it('that cannot be installed are named with what to type', () => {
    provideApt({ install: 'echo no network; exit 1' })
    const { status, output } = setUp()
    expect(status).toBe(1)
    expect(output).toContain('no network')
    expect(output).toMatch(/type:\n {2}(sudo )?apt-get update && (sudo )?apt-get install -y libopenblas-dev$/m)
  })

  it('that are installed and still do not do are named', () => {
    provideApt({ install: ':' })
    expect(setUp()).toMatchObject({ status: 1, output: expect.stringContaining('OpenBLAS with its headers') })
  })

  it('are not installed by a manager that this script does not know well', () => {
    provide('dnf', 'echo dnf')
    expect(setUp()).toMatchObject({
      status: 1,
      output: expect.stringMatching(/type:\n {2}(sudo )?dnf install openblas-devel$/m),
    })
  })

  it('are named where there is no manager at all', () => {
    expect(setUp()).toMatchObject({
      status: 1,
      output: expect.stringContaining('install it with your package manager'),
    })
  })
})
