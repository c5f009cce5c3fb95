import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Changes to OpenBLAS's source: in `file`, every `from` becomes `to`; with `platform` only for that platform. */
export const patches = [
  {
    why: 'clang on Windows: this assembler kernel overruns a buffer of 8 KB on the stack; take the C kernels that all others have',
    file: 'kernel/x86_64/KERNEL.SKYLAKEX',
    from: 'CLANGWINNT',
    to: 'CLANGWINNT_NEVER',
  },
  {
    why: 'Zen 4 and 5: larger blocks than the kernels of Windows have room for, and other roundings than the same kernels give elsewhere',
    file: 'kernel/setparam-ref.c',
    from: /( +)TABLE_NAME\.sgemm_p = 384;\n +TABLE_NAME\.sgemm_q = 512;\n/g,
    to: '',
  },
  {
    why: 'CPUs that are not in DYNAMIC_LIST take the kernels of their nearest kin in it instead of the generic ones',
    file: 'driver/others/dynamic_arm64.c',
    from: /#define gotoblas_(CORTEXA72|CORTEXA73|FALKOR|TSV110|THUNDERX2T99|THUNDERX3T110|EMAG8180) gotoblas_ARMV8/g,
    to: '#define gotoblas_$1 gotoblas_CORTEXA57',
  },
  {
    why: 'the same',
    file: 'driver/others/dynamic_arm64.c',
    from: '#define gotoblas_CORTEXA55 gotoblas_ARMV8',
    to: '#define gotoblas_CORTEXA55 gotoblas_CORTEXA53',
  },
  {
    why: 'the same; those of Neoverse V1 ask for more than SVE',
    file: 'driver/others/dynamic_arm64.c',
    from: /#define gotoblas_(ARMV8SVE|A64FX|ARMV9SME|VORTEXM4) gotoblas_ARMV8/g,
    to: '#define gotoblas_$1 gotoblas_NEOVERSEN1',
  },
  {
    why: 'Windows ends all other threads before it calls this, and one of them may have held the lock that it waits for; the memory that it frees goes with the process',
    file: 'driver/others/memory.c',
    from: 'void DESTRUCTOR gotoblas_quit(void) {',
    to: 'void gotoblas_quit(void) {',
    platform: 'win32',
  },
]

/** The patches of a target. */
export function patchesFor({ platform }) {
  return patches.filter((patch) => patch.platform === undefined || patch.platform === platform)
}

/** Throws if a patch does not apply: the fault that it corrects may still be there. */
export function applyPatches(folder, target) {
  for (const { file, from, to, why } of patchesFor(target)) {
    const path = join(folder, file)
    const before = readFileSync(path, 'utf8')
    const after = before.replaceAll(from, to)
    if (after === before) throw new Error(`OpenBLAS's ${file} has no ${from} to change (${why})`)
    writeFileSync(path, after)
  }
}
