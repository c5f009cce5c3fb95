const { program } = require('./program.cjs')

program('cjs.safetensors').then(console.log)
