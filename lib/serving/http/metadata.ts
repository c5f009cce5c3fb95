import type { Host } from '../host.js'
import { describeModel, describeServer } from '../protocol/describe.js'
import { type Answer, type Call, json } from './call.js'
import type { PathParameters } from './paths.js'

export function serverMetadata(): Answer {
  return json(describeServer())
}

export async function modelMetadata(host: Host, _: Call, { model, version }: PathParameters): Promise<Answer> {
  return json(await describeModel(host, model, version))
}
