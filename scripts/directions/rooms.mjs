/**
 * The rooms of lib/: a folder, or one of the three files in the root. A room may use every room on a lower floor, and none on
 * its own floor or above. `plain` rooms work without the addon: they may use other plain rooms only.
 */
export const rooms = [
  { floor: 1, name: 'base', plain: true, holds: 'errors, checks, matrices, sample weights, seeds' },

  { floor: 2, name: 'math', plain: true, holds: 'random numbers, quantiles, sorting, folds' },

  { floor: 3, name: 'table', plain: true, holds: 'tables of typed columns' },
  { floor: 3, name: 'files', plain: true, holds: 'safetensors, atomic writes, event files' },
  { floor: 3, name: 'native', holds: 'the addon: where it lies, how it loads, its types' },
  { floor: 3, name: 'learning', plain: true, holds: 'parameters, labels, the learner' },

  { floor: 4, name: 'spec', holds: 'options, checks and defaults of all that a network has' },
  { floor: 4, name: 'metrics', plain: true, holds: 'scores of predictions' },
  { floor: 4, name: 'preprocessing', plain: true, holds: 'transformers' },
  { floor: 4, name: 'datasets', plain: true, holds: 'readers of files, makers of data' },
  { floor: 4, name: 'jobs', plain: true, holds: 'work for other processes, over BullMQ' },
  { floor: 4, name: 'utils', plain: true, holds: 'small functions that ported programs call' },

  { floor: 5, name: 'factories', holds: 'layers, losses, optimizers: what users call' },
  { floor: 5, name: 'callbacks', holds: 'what a run of training calls' },
  { floor: 5, name: 'network', holds: 'a network: weights, predictions, files' },
  { floor: 5, name: 'calibration', plain: true, holds: 'probabilities, thresholds and intervals that hold' },

  { floor: 6, name: 'training', holds: 'fit: epochs, slices, data' },

  { floor: 7, name: 'sequential', holds: 'the class Sequential' },

  { floor: 8, name: 'estimators', holds: 'MLPClassifier, NetworkClassifier and their kin' },
  { floor: 8, name: 'model-selection', holds: 'splits, cross-validation, searches' },

  { floor: 9, name: 'pipeline', holds: 'models of models: transformers and a model as one' },
  { floor: 9, name: 'tabular', holds: 'rows of objects in, labels out' },

  { floor: 10, name: 'load', holds: 'load: opens any file' },
  { floor: 10, name: 'inspection', holds: 'importance, dependence, attributions' },
  { floor: 10, name: 'interchange', holds: 'models in and out: ONNX, Keras, PyTorch' },
  { floor: 10, name: 'distributed', holds: 'training and searches over several machines' },

  { floor: 11, name: 'index', holds: 'exports of the package' },
  { floor: 11, name: 'report', holds: 'one HTML file' },
  { floor: 11, name: 'playground', holds: 'a page that trains live' },
  { floor: 11, name: 'serving', holds: 'the server' },

  { floor: 12, name: 'cli', holds: 'npx perceptra' },
]

// Rooms that are a file in the root of lib/, and no folder.
export const rootFiles = ['index', 'load', 'sequential']
