import { program } from '../program.mjs'

program('bundle.safetensors').then(console.log)
