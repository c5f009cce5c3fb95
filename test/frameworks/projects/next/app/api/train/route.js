import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../../../../program.mjs'

export const dynamic = 'force-dynamic'

export async function GET() {
  return Response.json(await program(join(tmpdir(), `next-${process.pid}.safetensors`)))
}
