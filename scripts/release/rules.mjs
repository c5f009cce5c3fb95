/** The binaries of a release and their systems. */
export const wanted = {
  'linux-x64/perceptra.glibc.node': ['linux', 'x64'],
  'linux-x64/perceptra.musl.node': ['linux', 'x64'],
  'linux-arm64/perceptra.glibc.node': ['linux', 'arm64'],
  'linux-arm64/perceptra.musl.node': ['linux', 'arm64'],
  'darwin-x64/perceptra.node': ['darwin', 'x64'],
  'darwin-arm64/perceptra.node': ['darwin', 'arm64'],
  'win32-x64/perceptra.node': ['win32', 'x64'],
}

const filesOf = (entry) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `dist/${entry}.${end}`)

/** Other files that the package must contain. */
export const files = [
  ...[
    'addon/index.js',
    'addon/package.json',
    'dist/native.cjs',
    'dist/cli.cjs',
    'dist/esm/index.js',
    'bin/perceptra.mjs',
  ],
  ...['index', 'metrics', 'preprocessing', 'datasets', 'model-selection'].flatMap(filesOf),
  ...['interchange', 'serving', 'distributed', 'report'].flatMap(filesOf),
  ...['bin/build.mjs', 'CMakeLists.txt', 'cpp/CMakeLists.txt', 'binding/CMakeLists.txt'],
  ...['packages', 'paths', 'step', 'system'].map((name) => `scripts/setup/${name}.mjs`),
  ...['LICENSE', 'README.md', 'CHANGELOG.md', 'docs/installing.md', 'sbom.cdx.json', 'prebuilds/LICENSES.txt'],
]

const megabyte = 1e6
const limits = { binary: 5 * megabyte, packed: 8 * megabyte, unpacked: 22 * megabyte }

const oldestGlibc = 28

/** The minor version of the newest glibc whose functions a binary uses: 28 for 2.28. */
export function glibcOf(bytes) {
  return Math.max(
    0,
    ...Array.from(bytes.toString('latin1').matchAll(/\bGLIBC_2\.(\d+)\b/g), ([, minor]) => Number(minor)),
  )
}

/** The problems of binaries `{ path, system, arch, bytes, needed, glibc }`. */
export function problemsOfBinaries(binaries) {
  const paths = binaries.map(({ path }) => path)
  const missing = Object.keys(wanted).filter((path) => !paths.includes(path))
  return [
    ...missing.map((path) => `prebuilds/${path} is missing`),
    ...binaries.flatMap(({ path, system, arch, bytes, needed, glibc }) => [
      ...(path in wanted ? [] : [`prebuilds/${path} is for no target`]),
      ...(path in wanted && (system !== wanted[path][0] || arch !== wanted[path][1])
        ? [`prebuilds/${path} is for ${system} on ${arch}`]
        : []),
      ...(bytes < needed ? [`prebuilds/${path} is cut off`] : []),
      ...(glibc > oldestGlibc ? [`prebuilds/${path} asks for glibc 2.${glibc}, newer than 2.${oldestGlibc}`] : []),
      ...(bytes > limits.binary ? [`prebuilds/${path} has ${bytes} bytes, more than ${limits.binary}`] : []),
    ]),
  ]
}

/** The problems of a package for which npm pack reports `{ files, size, unpackedSize }`. */
export function problemsOfPackage({ files: packed, size, unpackedSize }) {
  const paths = packed.map(({ path }) => path)
  const missing = [...files, ...Object.keys(wanted).map((path) => `prebuilds/${path}`)].filter(
    (p) => !paths.includes(p),
  )
  return [
    ...missing.map((path) => `the package has no ${path}`),
    // With this file npm would compile it at every install.
    ...(paths.includes('binding.gyp') ? ['the package has a binding.gyp'] : []),
    ...(size > limits.packed ? [`the package has ${size} bytes packed, more than ${limits.packed}`] : []),
    ...(unpackedSize > limits.unpacked ? [`the package has ${unpackedSize} bytes, more than ${limits.unpacked}`] : []),
  ]
}

/**
 * The problems of an SBOM, compared with the `linked` libraries, the binaries `{ path, sha256 }`, the text of the licences
 * and the dependencies.
 */
export function problemsOfSbom(bom, { linked, titles, licences, binaries, dependencies }) {
  const named = (name, type) => bom.components.find((component) => component.name === name && component.type === type)
  const hashes = (entry) => entry?.hashes?.map(({ content }) => content) ?? []
  const files = bom.components.filter(({ type }) => type === 'file').map(({ name }) => name)
  const lines = licences.split('\n')
  return [
    ...linked.flatMap(({ name, version, source }) => {
      const component = named(name, 'library')
      if (component?.version !== version) return [`the SBOM has no ${name} ${version}`]
      const references = component.externalReferences?.flatMap(hashes) ?? []
      return source && !references.includes(source.sha256) ? [`the SBOM has no SHA-256 of the source of ${name}`] : []
    }),
    ...titles.filter((title) => !lines.includes(title)).map((title) => `LICENSES.txt has no ${title}`),
    ...binaries
      .filter(({ path, sha256 }) => !hashes(named(`prebuilds/${path}`, 'file')).includes(sha256))
      .map(({ path }) => `the SBOM has no prebuilds/${path} of this SHA-256`),
    ...files
      .filter((name) => !binaries.some(({ path }) => name === `prebuilds/${path}`))
      .map((name) => `the SBOM has ${name}, which is not there`),
    ...dependencies.filter((name) => !named(name, 'library')).map((name) => `the SBOM has no package ${name}`),
  ]
}

/** A tag must equal the package's version, which needs a chapter with a date in the changelog. */
export function problemsOfTag(tag, version, changelog) {
  return [
    ...(tag === `v${version}` ? [] : [`the tag is ${tag}, the version of package.json ${version}`]),
    ...(/^ - \d{4}-\d\d-\d\d$/m.test(chapterOf(version, changelog))
      ? []
      : [`CHANGELOG.md has no chapter [${version}] with its date: ## [${version}] - YYYY-MM-DD`]),
  ]
}

/** The rest of a chapter's heading after its version; '' if there is no chapter. */
function chapterOf(version, changelog) {
  const line = changelog.split('\n').find((text) => text.startsWith(`## [${version}]`)) ?? ''
  return line.slice(`## [${version}]`.length)
}
