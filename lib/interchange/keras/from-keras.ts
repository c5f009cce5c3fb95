import { checkBoolean, checkOptions, optionKeys } from '../../base/check.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import { checkSource } from '../../files/source.js'
import type { Sequential } from '../../sequential.js'
import { type CompileOptions, readCompile } from '../../spec/compile.js'
import type { ModelSpec } from '../../spec/model.js'
import { Hdf5File } from '../hdf5/file.js'
import { isObject, JsonReader } from '../read/json.js'
import { makeNetwork } from '../read/network.js'
import { ZipFile } from '../read/zip.js'
import { readKerasCompile } from './compile.js'
import { readChain } from './config.js'
import { readLayers } from './layers.js'
import { readState } from './state.js'
import { type KerasFile, weightsOfArchive, weightsOfLegacy } from './weights.js'

/** Options of `fromKeras`. */
export interface FromKerasOptions {
  /** Whether to read loss, metrics, optimizer and its state too, if the file has them; true by default. */
  compile?: boolean | undefined
}

/**
 * Reads a model of Keras: a `.keras` file of Keras 3, or an `.h5` file of Keras 2 or 3. A Sequential, or a Functional model whose layers are
 * a chain, of Dense, Activation and its kin, Dropout, BatchNormalization, LayerNormalization, Normalization, Rescaling,
 * Embedding, Flatten. If the model was compiled, its optimizer goes on where it was. Metrics that this package has not are
 * left out.
 * @param source the file's path, or its bytes.
 * @throws FormatError that names the file, and the layer or the place that cannot be read; ArgumentError when it cannot be
 * opened.
 */
export async function fromKeras(source: string | Uint8Array, options: FromKerasOptions = {}): Promise<Sequential> {
  const name = checkSource(source)
  checkOptions(options, 'fromKeras()', optionKeys<FromKerasOptions>({ compile: true }))
  const withCompile = checkBoolean(options.compile ?? true, 'compile')
  const bytes = typeof source === 'string' ? await readWholeFile(source) : source
  const json = new JsonReader(name)
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const file = isZip ? await openArchive(bytes, name, json) : openLegacy(bytes, name, json)
  const chain = readChain(file.model, json)
  const version = { oldHardSigmoid: !/^[3-9]/.test(file.version) }
  const layers = readLayers(chain, file.weights(chain), version, json)
  const compile = withCompile && file.compile?.loss ? readKerasCompile(file.compile, json) : undefined
  const arrays = compile && file.state(hasSchedule(compile.optimizer))
  const inputs = chain.inputShape.reduce((product, size) => product * size, 1)
  const state = arrays && {
    state: (spec: ModelSpec) => {
      const { optimizer } = readCompile(compile, spec, 'compile()')
      return optimizer.name === 'lbfgs' ? undefined : readState(arrays, optimizer, spec)
    },
  }
  return makeNetwork({ name: chain.name, inputs, layers, compile, ...state }, name)
}

function hasSchedule(optimizer: CompileOptions['optimizer']): boolean {
  return isObject((optimizer as { learningRate?: unknown }).learningRate)
}

async function openArchive(bytes: Uint8Array, name: string, json: JsonReader): Promise<KerasFile> {
  const zip = new ZipFile(bytes, name)
  const parse = async (file: string) =>
    json.object(json.parse(new TextDecoder().decode(await zip.read(file)), file), file)
  const config = await parse('config.json')
  const { keras_version: version } = await parse('metadata.json')
  const hdf5 = new Hdf5File(await zip.read('model.weights.h5'), `${name}, model.weights.h5`)
  return {
    model: config,
    compile: isObject(config.compile_config) ? config.compile_config : undefined,
    version: String(version),
    ...weightsOfArchive(hdf5, json),
  }
}

function openLegacy(bytes: Uint8Array, name: string, json: JsonReader): KerasFile {
  const hdf5 = new Hdf5File(bytes, name)
  const root = hdf5.get('')
  const attribute = (key: string) => {
    const value = root?.kind === 'group' ? root.attributes.get(key) : undefined
    return Array.isArray(value) ? String(value[0]) : undefined
  }
  const model = attribute('model_config')
  if (model === undefined) throw json.fail('it has weights alone, without model_config: save the whole model.')
  const training = attribute('training_config')
  return {
    model: json.parse(model, 'model_config'),
    compile:
      training === undefined ? undefined : json.object(json.parse(training, 'training_config'), 'training_config'),
    version: attribute('keras_version') ?? '2',
    ...weightsOfLegacy(hdf5, json),
  }
}
