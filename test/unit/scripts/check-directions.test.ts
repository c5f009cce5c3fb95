import { describe, expect, it } from 'vitest'
import { checkDirections } from '../../../scripts/check-directions.mjs'

const house = {
  'cpp/math/blas.h': '',
  'cpp/math/blas.cpp': '#include <cblas.h>\n#include "math/blas.h"',
  'cpp/nn/dense.h': '#include <vector>\n#include "math/blas.h"',
  'cpp/optim/sgd.h': '#include "math/blas.h"',
  'cpp/train/trainer.cpp': '#include "nn/dense.h"\n#include "optim/sgd.h"',
  'cpp/test/trainer_test.cpp': '#include <gtest/gtest.h>\n#include "train/trainer.h"',
  'binding/napi_setup.h': '#include <napi.h>',
  'binding/model.cpp': '#include "napi_setup.h"\n#include "train/trainer.h"',
  'lib/base/errors.ts': 'export class MlpError extends Error {}',
  'lib/base/matrix.ts': "import { MlpError } from './errors.js'\nexport class Matrix { error = MlpError }",
  'lib/native/addon.ts': "import { load } from '../../addon/index.js'\nexport const native = load",
  'lib/datasets/idx.ts':
    "import { readFile } from 'node:fs/promises'\nimport { Matrix } from '../base/matrix.js'\nexport { readFile, Matrix }",
  'lib/spec/model.ts': "import type { Native } from '../native/addon.js'\nexport type Spec = Native",
  'lib/training/fit.ts': "import { native } from '../native/addon.js'\nexport const fit = native",
  'lib/sequential.ts':
    "import { Spec } from './spec/model.js'\nimport { fit } from './training/fit.js'\nexport { fit, Spec }",
  'lib/network/model-file.ts': "import { Spec } from '../spec/model.js'\nexport { Spec }",
  'lib/estimators/classifier.ts': "import { Spec } from '../network/model-file.js'\nexport { Spec }",
  'lib/cli/main.ts': "import { serve } from '../serving/server.js'\nexport { serve }",
  'lib/serving/server.ts': "import { Sequential } from '../sequential.js'\nexport const serve = Sequential",
  'lib/index.ts':
    "/** All. */\nexport * as datasets from './datasets/idx.js'\nexport { Sequential } from './sequential.js'",
}

const wrong: [rule: string, file: string, text: string, message: RegExp][] = [
  [
    'math includes nothing of the core',
    'cpp/math/kernels.cpp',
    '#include "nn/dense.h"',
    /math may include only itself/,
  ],
  ['nn does not see optim', 'cpp/nn/network.cpp', '#include "optim/sgd.h"', /nn may include only math/],
  ['optim does not see nn', 'cpp/optim/adam.cpp', '#include "../nn/dense.h"', /optim may include only math/],
  ['nn does not see train', 'cpp/nn/network.cpp', '  #  include "train/trainer.h"', /nn may include only math/],
  ['the core does not see its tests', 'cpp/train/plan.cpp', '#include "test/fixture.h"', /train may include only/],
  [
    'only blas.cpp sees cblas.h',
    'cpp/nn/dense.cpp',
    '#include <cblas.h>',
    /only cpp\/math\/blas.cpp, cpp\/bench\/multipliers.cpp may/,
  ],
  [
    'only blas.cpp sees cblas.h in a folder',
    'binding/info.cpp',
    '#include <openblas/cblas.h>',
    /only cpp\/math\/blas.cpp, cpp\/bench\/multipliers.cpp may/,
  ],
  [
    'the core does not see the binding',
    'cpp/train/plan.cpp',
    '#include "../../binding/model.h"',
    /knows nothing of Node/,
  ],
  ['the core does not see napi.h', 'cpp/train/plan.cpp', '#include <napi.h>', /only binding\/napi_setup.h may/],
  [
    'the core does not see node_api.h',
    'cpp/math/random.cpp',
    '#include <node_api.h>',
    /only binding\/napi_setup.h may/,
  ],
  [
    'the binding sees napi.h by napi_setup.h',
    'binding/addon.cpp',
    '#include <napi.h>',
    /only binding\/napi_setup.h may/,
  ],
  ['a new folder of the core gets a place', 'cpp/io/file.cpp', '', /has no place/],
  ['includes do not go in circles', 'cpp/math/blas.h', '#include "math/blas.h"', /circle/],
  [
    'a file does not import from above',
    'lib/training/fit.ts',
    "import { Sequential } from '../sequential.js'",
    /floor above/,
  ],
  ['a type import counts', 'lib/native/addon.ts', "import type { Spec } from '../spec/model.js'", /floor above/],
  ['an import() counts', 'lib/spec/model.ts', "export const later = () => import('../cli/main.js')", /floor above/],
  ['a re-export counts', 'lib/training/fit.ts', "export * from '../sequential.js'", /floor above/],
  [
    'an import() type counts',
    'lib/spec/model.ts',
    "export type S = import('../sequential.js').Sequential",
    /floor above/,
  ],
  [
    'a room does not see its neighbours on the same floor',
    'lib/pipeline/pipeline.ts',
    "import { inferSchema } from '../tabular/index.js'",
    /same floor/,
  ],
  [
    'a room that works without the addon does not see the native part',
    'lib/datasets/idx.ts',
    "import { native } from '../native/addon.js'",
    /datasets works without the addon/,
  ],
  [
    'a package is imported by its one file alone',
    'lib/training/fit.ts',
    "import build from 'node-gyp-build'",
    /the package node-gyp-build/,
  ],
  [
    'the addon is not required elsewhere',
    'lib/training/fit.ts',
    "require('node-gyp-build')",
    /the package node-gyp-build/,
  ],
  ['nor by another name', 'lib/training/fit.ts', "load('node-gyp-build')", /loads the addon/],
  ['nor by dlopen', 'lib/training/fit.ts', 'process.dlopen(module, file)', /loads the addon \(dlopen\)/],
  ['nor by its path', 'lib/training/fit.ts', "load('../build/Release/perceptra.node')", /loads the addon/],
  [
    'nor by the folder in the root',
    'lib/training/fit.ts',
    "import { load } from '../../addon/index.js'",
    /outside of lib/,
  ],
  ['lib does not import from outside', 'lib/training/fit.ts', "import '../../scripts/setup.mjs'", /outside of lib/],
  ['a new folder gets a room', 'lib/helpers/text.ts', '', /in none of the rooms/],
  ['a file in the root is refused', 'lib/utils.ts', '', /in none of the rooms/],
  ['a room that is a file in the root is no folder', 'lib/load/later.ts', '', /in none of the rooms/],
  ['nor may a room be a file there', 'lib/training.ts', '', /in none of the rooms/],
  [
    'imports do not go in circles',
    'lib/base/errors.ts',
    "import './matrix.js'",
    /circle: lib\/base\/errors.ts -> lib\/base\/matrix.ts -> lib\/base\/errors.ts/,
  ],
  ['index.ts only exports', 'lib/index.ts', 'export const version = 1', /more than exports/],
]

describe('checkDirections', () => {
  it('finds nothing wrong with a sound tree', () => {
    expect(checkDirections(house)).toEqual([])
  })

  it.each(wrong)('%s', (_rule, file, text, message) => {
    expect(checkDirections({ ...house, [file]: text })).toContainEqual(expect.stringMatching(message))
  })

  it('names the file that is wrong', () => {
    expect(checkDirections({ ...house, 'cpp/nn/dense.cpp': '#include <cblas.h>' })[0]).toMatch(/^cpp\/nn\/dense\.cpp: /)
  })

  it('reads no imports out of comments and strings', () => {
    const text = "// import './cli/main.js'\nexport const text = \"import './cli/main.js'\""
    expect(checkDirections({ ...house, 'lib/spec/model.ts': text })).toEqual([])
  })
})
