#!/bin/sh
# zig as the C and C++ compiler of one target, for makefiles written for gcc and clang:
#   zig-cc.sh ZIG CLANG_TARGET CPU cc|c++ -target TARGET ARGUMENTS...
# zig tells CPUs by names of its own, drops the CPU of assembler sources, and takes AVX-512 for 256 bits wide.
zig=$1 clang_target=$2 cpu=$3 language=$4
shift 4

case " $* " in
  # Questions go on to clang, which does not know a target with the version of its C library.
  *\ -dumpversion\ *) exec "$zig" "$language" -dumpversion ;;
  *.S\ * | *.s\ *)
    case $clang_target in
      aarch64* | arm64*)
        # Straight to clang, which knows the flags as they are, but neither zig's -target nor the CPU to tune for.
        shift 2
        for argument; do
          shift
          case $argument in
            -mtune=*) ;;
            -march=*) [ -n "$cpu" ] || set -- "$@" "$argument" ;;
            *) set -- "$@" "$argument" ;;
          esac
        done
        [ -z "$cpu" ] || set -- "-mcpu=$(echo "$cpu" | tr _ -)" "$@"
        exec "$zig" clang "--target=$clang_target" "$@"
        ;;
    esac
    ;;
esac

for argument; do
  shift
  case $argument in
    -mtune=*) ;;
    -march=skylake-avx512) set -- "$@" -mcpu=skylake_avx512 ;;
    -march=cooperlake | -march=sapphirerapids) set -- "$@" "-mcpu=${argument#-march=}" ;;
    -march=armv*)
      if [ -n "$cpu" ]; then
        set -- "$@" "-mcpu=$cpu"
      else
        version=${argument#-march=arm}
        # armv8.2-a+sve is generic+v8_2a+sve
        set -- "$@" "-mcpu=generic+$(echo "${version%%-a*}" | tr . _)a${version#*-a}"
      fi
      ;;
    -mavx512f) set -- "$@" -mavx512f -mevex512 ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "$zig" "$language" "$@"
