import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundleChecks } from '../smoke/bundle-checks.mjs'
import { runChecks } from '../smoke/checks.mjs'
import { frameworkChecks, makeProjects } from '../smoke/framework-checks.mjs'
import { fetchNode, nodeVersions } from '../smoke/nodes.mjs'
import { packageChecks } from '../smoke/package-checks.mjs'
import { hostBinary, install, newFolder, pack } from '../smoke/project.mjs'
import { runExits, runSmoke } from '../smoke/tap.mjs'
import { typeChecks } from '../smoke/type-checks.mjs'
import { addUp } from './tally.mjs'

const binary = join('prebuilds', hostBinary)

/** Packs the package with the addon built here, installs it into an empty project, and tests it there. */
export async function testPackage() {
  console.log('\nThe package, installed')
  const project = newFolder('package')
  try {
    const { tarball } = await pack({ compiled: true })
    const { text: output, ms } = await install(tarball, project.path)
    console.log(`installed in ${(ms / 1000).toFixed(1)} s`)
    const subject = { folder: project.path, tarball, output }
    const tallies = [await runChecks({ ...packageChecks, ...typeChecks, ...bundleChecks }, subject)]
    await makeProjects(tarball)
    tallies.push(await runChecks(frameworkChecks, subject, 2))
    const nodes = await nodesHere()
    for (const { name, node } of nodes) tallies.push(await runSmoke(`smoke, ${name}`, project.path, node, { binary }))
    tallies.push(await runExits(project.path, nodes[0].node, {}))
    tallies.push(await testReadOnly(project.path, nodes[0].node))
    return addUp(tallies)
  } catch (error) {
    console.error(error.message)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    project.remove()
  }
}

/** One Node of each supported line; if npm has no such packages for this system, the running one. */
async function nodesHere() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [{ name: process.version, node: process.execPath }]
  const nodes = []
  for (const [line, version] of Object.entries(nodeVersions)) {
    nodes.push({ name: `Node ${line}`, node: await fetchNode('linux-x64', version) })
  }
  return nodes
}

/** Runs as a user without write permission for the project: root, who may write anywhere, becomes nobody. */
async function testReadOnly(folder, node) {
  chmodSync(folder, 0o755)
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: 65534, gid: 65534 } : {}
  const name = 'smoke, a package that cannot be written to'
  if (!isRoot) setModes(folder, 0o555, 0o444)
  try {
    return await runSmoke(name, folder, node, { ...as, binary, env: { HOME: '/nonexistent' } })
  } finally {
    if (!isRoot) setModes(folder, 0o755, 0o644)
  }
}

function setModes(folder, ofFolders, ofFiles) {
  const modules = join(folder, 'node_modules')
  chmodSync(modules, ofFolders)
  for (const entry of readdirSync(modules, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? ofFolders : ofFiles)
  }
}
