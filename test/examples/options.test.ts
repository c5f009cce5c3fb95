import { describe, expect, it } from 'vitest'
import { falling } from '../../examples/demo/network.js'
import { OptionError, readOptions } from '../../examples/demo/options.js'

describe('readOptions of the demo', () => {
  it('has defaults for each data set', () => {
    const others = { dir: undefined, save: undefined, seed: 1, threads: 0 }
    expect(readOptions([])).toEqual({ data: 'digits', hidden: [128], epochs: 20, batchSize: 16, ...others })
    const large = { hidden: [512, 512], epochs: 5, batchSize: 128, ...others }
    expect(readOptions(['--data', 'mnist'])).toEqual({ data: 'mnist', ...large })
    expect(readOptions(['--data=fashion-mnist'])).toEqual({ data: 'fashion-mnist', ...large })
  })

  it('reads all options', () => {
    const args = '--data mnist --dir a --save b --hidden 30,20 --epochs 2 --batch-size 7 --seed 0 --threads 3'
    expect(readOptions(args.split(' '))).toEqual({
      ...{ data: 'mnist', dir: 'a', save: 'b', hidden: [30, 20], epochs: 2, batchSize: 7, seed: 0, threads: 3 },
    })
    expect(readOptions(['-h'])).toBe('help')
  })

  it.each([
    ['--epoch 3', /Unknown option '--epoch'/],
    ['seven', /Unexpected argument 'seven'/],
    ['--epochs', /--epochs <value>.* missing/],
    ['--data cifar', /one of digits, mnist, fashion-mnist for --data, but got "cifar"/],
    ['--epochs 0', /whole number of at least 1 for --epochs, but got "0"/],
    ['--epochs 1e3', /for --epochs, but got "1e3"/],
    ['--batch-size x', /for --batch-size, but got "x"/],
    ['--hidden 512,,512', /at least 1 for --hidden, but got ""/],
    ['--hidden 0', /for --hidden, but got "0"/],
    ['--seed=-1', /at least 0 for --seed, but got "-1"/],
    ['--seed 99999999999999999999', /for --seed, but got "9+"/],
    ['--threads 257', /from 0 to 256 for --threads, but got "257"/],
    ['--dir a', /--dir goes with --data mnist or --data fashion-mnist/],
  ])('rejects %s', (args, message) => {
    expect(() => readOptions(args.split(' '))).toThrow(OptionError)
    expect(() => readOptions(args.split(' '))).toThrow(message)
  })
})

describe('the learning rate of the demo', () => {
  it('falls linearly to 0 over the steps, and stays there', () => {
    const rate = falling(0.01, 4)
    expect([0, 1, 2, 3, 4, 5].map(rate)).toEqual([0.01, 0.0075, 0.005, 0.0025, 0, 0])
  })
})
