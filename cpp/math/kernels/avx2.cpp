#define PERCEPTRA_KERNELS avx2
#define PERCEPTRA_KERNELS_NAME "avx2"
#include "math/kernels/table.h"
