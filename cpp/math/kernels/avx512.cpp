#define PERCEPTRA_KERNELS avx512
#define PERCEPTRA_KERNELS_NAME "avx512"
#include "math/kernels/table.h"
