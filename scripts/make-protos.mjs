// Makes lib/interchange/onnx/proto/onnx-ml_pb.ts of onnx-ml.proto beside it, which is ONNX's own file (from the PyPI package onnx):
// node scripts/make-onnx-proto.mjs. npm brings the compiler for this one run; CI does not need it.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './setup/paths.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'node_modules/@bufbuild/protobuf/package.json'), 'utf8'))
const proto = join(root, 'lib/interchange/onnx/proto')
const folder = mkdtempSync(join(tmpdir(), 'onnx-proto-'))
const run = (command, args) => execFileSync(command, args, { cwd: folder, stdio: 'inherit' })
try {
  const plugin = { local: ['node_modules/.bin/protoc-gen-es'], out: '.', opt: ['target=ts', 'import_extension=js'] }
  writeFileSync(join(folder, 'buf.yaml'), 'version: v2\n')
  writeFileSync(join(folder, 'buf.gen.yaml'), JSON.stringify({ version: 'v2', plugins: [plugin] }))
  writeFileSync(join(folder, 'package.json'), '{}')
  copyFileSync(join(proto, 'onnx-ml.proto'), join(folder, 'onnx-ml.proto'))
  run('npm', ['install', '--no-audit', '--no-fund', `@bufbuild/protoc-gen-es@${version}`, '@bufbuild/buf@1.75.0'])
  run('node_modules/.bin/buf', ['generate', 'onnx-ml.proto'])
  copyFileSync(join(folder, 'onnx-ml_pb.ts'), join(proto, 'onnx-ml_pb.ts'))
} finally {
  rmSync(folder, { recursive: true })
}
