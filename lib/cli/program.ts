import { keysOf } from '../base/check.js'
import { presets } from '../tabular/presets.js'
import { Argument, Command, Option } from './commander.js'
import { commandOf, listOf, numberIn, pairOf, placeOf, rangeOf, withData } from './commands/common.js'
import { completionScript, shells } from './completion.js'

/** What the command line takes from outside of it. */
export interface Outside {
  readonly version: string
  /** Builds the native part. */
  build(): Promise<number>
}

/** The commands. Each loads what it needs when it runs, and passes its exit code to `exit`. */
export function programOf({ version, build }: Outside, exit: (code: number) => void): Command {
  const program = new Command('perceptra')
    .description('Trains, scores and serves multi-layer perceptrons.')
    .version(version, '-v, --version')
    .showHelpAfterError('(--help lists the commands and options)')
    .configureHelp({ sortSubcommands: false })
    // What follows the program of launch is for that program.
    .enablePositionalOptions()
  const add = <A extends unknown[]>(command: Command, run: (...args: A) => Promise<number>) =>
    program.addCommand(
      command.action(async (...args) => exit(await run(...(args as unknown as A)))),
      {},
    )
  const share = numberIn(0, 0.9)
  const seed = numberIn(0, Number.MAX_SAFE_INTEGER, true)
  const seconds = numberIn(0.001, Infinity)

  add(
    withData(
      commandOf(
        'train',
        'trains a model on the rows of a file and scores it',
        'perceptra train customers.csv --target churned',
      ),
    )
      .argument('<data>', 'CSV, NDJSON or Parquet, also gzip; - is standard input')
      .requiredOption('--target <column>', 'the column to predict')
      .addOption(new Option('--preset <name>', 'how much training a table model gets').choices(keysOf(presets)))
      .option('--config <file>', 'a network or pipeline as JSON, in place of a preset')
      .option('--valid <file>', 'rows to score on; by default a fifth of the data is held out')
      .option('--holdout <share>', 'the share of rows that is held out to score on; 0 trains on all rows', share)
      .option('--task <name>', 'classes or numbers; by the target by default')
      .option('--metric <name>', 'what decides the best epoch: accuracy, logLoss, auc; rmse, mae')
      .option('--time <seconds>', 'the time that training may take', seconds)
      .option('--seed <number>', 'the same seed gives the same model; random by default', seed)
      .option('--out <file>', 'the file of the model; TARGET.safetensors by default')
      .option('--watch', 'serve a page that shows training while it runs, then the report, until Ctrl-C')
      .option('--report <file>', 'write a page of HTML about the model and the rows of the score')
      .option('--ignore <columns>', 'columns to leave out, separated by commas', listOf)
      .option(
        '--kind <column=kind>',
        'what a column holds: number, code, category, date, text; may be repeated',
        pairOf,
      ),
    async (path: string, options) => (await import('./commands/train.js')).train(path, options as never),
  )
  add(
    withData(
      commandOf(
        'evaluate',
        'scores a model on rows whose answers are known',
        'perceptra evaluate churned.safetensors test.csv',
      ),
    )
      .argument('<model>', 'a file that train wrote')
      .argument('<data>', 'rows with the target')
      .option('--target <column>', 'the column with the answers, where the model does not name it')
      .option(
        '--classes <names>',
        'of a network: its classes, in the order of its outputs, separated by commas',
        listOf,
      ),
    async (path: string, data: string, options) =>
      (await import('./commands/evaluate.js')).evaluate(path, data, options as never),
  )
  add(
    withData(
      commandOf(
        'report',
        'writes a page of HTML about a model',
        'perceptra report churned.safetensors test.csv --out report.html',
      ),
    )
      .argument('<model>', 'a file that train wrote')
      .argument('<data>', 'rows with the target, which training did not see')
      .option('--target <column>', 'the column with the answers, where the model does not name it')
      .option(
        '--classes <names>',
        'of a network: its classes, in the order of its outputs, separated by commas',
        listOf,
      )
      .option('--out <file>', 'MODEL.html by default')
      .option('--title <text>', 'the heading of the page')
      .option('--time <seconds>', 'the time that importance and dependence may take', seconds)
      .option('--seed <number>', 'the seed of samples and shuffles; random by default', seed),
    async (path: string, data: string, options) =>
      (await import('./commands/report.js')).report(path, data, options as never),
  )
  add(
    withData(
      commandOf(
        'predict',
        'writes rows with the answers of a model',
        'perceptra predict churned.safetensors new.csv --out answers.csv\ncat new.csv | perceptra predict churned.safetensors - --keep id > answers.csv',
      ),
    )
      .argument('<model>', 'a file that train wrote')
      .argument('<data>', 'rows; - is standard input. They are read some at a time, so a file may have any size')
      .option('--out <file>', 'where to write, as CSV or NDJSON; standard output by default')
      .option(
        '--keep <columns>',
        "columns to write beside the answers, separated by commas; '' is none, all by default",
        listOf,
      )
      .option('--no-probabilities', 'write labels alone')
      .option(
        '--interval <coverage>',
        'for numbers: bounds that hold the answer with this probability, such as 0.9',
        numberIn(0.01, 0.999),
      )
      .option('--target <column>', 'a column that a model without names of columns does not read'),
    async (path: string, data: string, options) =>
      (await import('./commands/predict.js')).predict(path, data, options as never),
  )
  add(
    withData(
      commandOf(
        'search',
        'tries parameters of a model',
        'perceptra search customers.csv --target churned --config net.json --candidates 20',
      ),
    )
      .argument('<data>', 'CSV, NDJSON or Parquet')
      .requiredOption('--target <column>', 'the column to predict')
      .requiredOption('--config <file>', 'a network or pipeline as JSON, with "search": { parameter: values }')
      .addOption(
        new Option('--strategy <name>', 'how candidates are chosen')
          .choices(['random', 'grid', 'halving', 'bayes'])
          .default('random'),
      )
      .option(
        '--candidates <number>',
        'how many are tried; a grid tries all',
        numberIn(1, Number.MAX_SAFE_INTEGER, true),
        10,
      )
      .option('--folds <number>', 'each is scored on so many parts of the rows', numberIn(2, 1000, true), 5)
      .option(
        '--metric <name>',
        'the score: accuracy, rocAuc, negLogLoss, f1, r2, negRmse, ...; accuracy or r2 by default',
      )
      .option('--holdout <share>', 'the share of rows that the search never sees, to score the best one on', share, 0.2)
      .option('--task <name>', 'classes or numbers; by the target by default')
      .option('--time <seconds>', 'the time after which no more candidates are tried', seconds)
      .option('--seed <number>', 'the same seed gives the same candidates; random by default', seed)
      .option('--out <file>', 'the file of the best model; TARGET.safetensors by default')
      .option('--resume <file>', 'keeps scores here, and goes on from them'),
    async (path: string, options) => (await import('./commands/search.js')).search(path, options as never),
  )
  add(
    commandOf('inspect', 'says what the file of a model holds', 'perceptra inspect churned.safetensors').argument(
      '<model>',
      'a file of a model',
    ),
    async (path: string, options) => (await import('./commands/inspect.js')).inspect(path, options as never),
  )
  add(
    commandOf(
      'convert',
      'reads a model of one format and writes another one',
      'perceptra convert model.keras model.safetensors\nperceptra convert model.safetensors model.onnx',
    )
      .argument('<in>', '.safetensors, .onnx, .keras, .h5, or .json of TensorFlow.js, scikit-learn, brain.js')
      .argument('<out>', '.safetensors, .onnx, or .mjs: plain JavaScript')
      .option('--from <format>', 'perceptra, onnx, keras, tfjs, sklearn, brain, pytorch; by the file by default')
      .option('--to <format>', 'perceptra, onnx, source, pytorch; by the name by default')
      .option('--activation <name>', 'the activation of hidden layers, which files of PyTorch do not have')
      .option('--output-activation <name>', 'the activation of the last layer'),
    async (path: string, out: string, options) =>
      (await import('./commands/convert.js')).convert(path, out, options as never),
  )
  add(
    commandOf('serve', 'serves saved models over HTTP', 'perceptra serve churned.safetensors --port 8080 --watch')
      .argument('<files...>', 'a model has the name of its file, or NAME in NAME=FILE')
      .option('--port <number>', '0 takes a free one', numberIn(0, 65535, true), 8080)
      .option('--grpc-port <number>', 'serve gRPC too (needs the package @grpc/grpc-js)', numberIn(0, 65535, true))
      .option('--host <address>', '0.0.0.0 is all addresses', '127.0.0.1')
      .option('--watch', 'load files again when they change')
      .option('--max-batch <rows>', 'most rows of different requests in one batch', numberIn(1, 1e6, true))
      .option('--max-delay-ms <ms>', 'longest wait of a row for others', numberIn(0, 60_000))
      .option('--max-queue <rows>', 'most rows that wait or are being computed', numberIn(1, 1e9, true))
      .option('--timeout-ms <ms>', 'longest time of a request', numberIn(1, 2 ** 31 - 1))
      .option('--metrics', 'answer GET /metrics for Prometheus (needs the package prom-client)')
      .option('--drift', 'compare the rows of table models with those of training: GET /models/NAME/drift')
      .option('--log', 'print a line of JSON for each request')
      .addHelpText('after', '\nPERCEPTRA_API_KEYS has keys, separated by commas, one of which requests must have.'),
    async (paths: string[], options) => (await import('./commands/serve.js')).serve(paths, options as never),
  )
  add(
    commandOf(
      'worker',
      'takes the fits of searches from a queue of BullMQ (needs the packages bullmq and ioredis)',
      'perceptra worker --redis redis://127.0.0.1:6379 --name searches --concurrency 4',
    )
      .requiredOption('--redis <url>', 'where Redis or Valkey is: redis://user:password@host:6379, rediss:// for TLS')
      .option('--name <queue>', 'the queue that searches name', 'perceptra')
      .option('--concurrency <number>', 'jobs at once; as many as there are cores by default', numberIn(1, 256, true))
      .option('--rows <place>', 'a folder or address for rows of searches that do not send them through Redis')
      .option(
        '--grace <seconds>',
        'after a signal, how long jobs under way have to end before others get them',
        numberIn(0, 1e6),
        10,
      ),
    async (options) => (await import('./commands/worker.js')).worker(options as never),
  )
  add(
    commandOf('playground', 'opens a page that trains small networks live', 'perceptra playground --port 8081')
      .option('--port <number>', '0 takes a free one', numberIn(0, 65535, true), 0)
      .option('--host <address>', 'other machines cannot reach the default', '127.0.0.1'),
    async (options) => (await import('./commands/playground.js')).playground(options as never),
  )
  add(
    commandOf(
      'launch',
      'starts the ranks of a group, which train one model together',
      'perceptra launch -n 4 train.mjs\nperceptra launch -n 8 --nodes 2:4 --endpoint node0:29400 --max-restarts 3 train.mjs',
    )
      .argument('<program>', 'a program that calls join() of perceptra/distributed')
      .argument('[arguments...]', 'its arguments')
      .requiredOption('-n, --processes <number>', 'ranks on this machine', numberIn(1, 65_536, true))
      .option('--nodes <number>', 'machines that take part, or MIN:MAX', rangeOf, { min: 1, max: 1 })
      .option('--endpoint <host:port>', 'of one of the machines, the same on all; it decides for all', placeOf)
      .option('--max-restarts <number>', 'how often all ranks start again when one fails', numberIn(0, 1e6, true), 0)
      .option('--id <name>', 'the name of the run', 'run')
      .option('--timeout <seconds>', 'how long to wait for the machine of the endpoint', seconds, 300)
      .passThroughOptions()
      .addHelpText('after', '\nSeveral machines need the same PERCEPTRA_SECRET, of 16 characters or more.'),
    async (path: string, args: string[], options) =>
      (await import('./commands/launch.js')).launch(path, args, options as never),
  )
  add(commandOf('build', 'builds the native part from source, where no binary fits', 'perceptra build'), build)
  add(commandOf('info', 'says what is loaded and what computes here', 'perceptra info'), async (options) =>
    (await import('./commands/info.js')).info(version, options as never),
  )
  add(
    commandOf(
      'completion',
      'prints a script that completes commands in a shell',
      'source <(perceptra completion bash)',
    ).addArgument(new Argument('<shell>').choices(shells)),
    async (shell: (typeof shells)[number]) => {
      process.stdout.write(completionScript(program, shell))
      return 0
    },
  )
  return program
}
