#define PERCEPTRA_KERNELS baseline
#define PERCEPTRA_KERNELS_NAME "baseline"
#include "math/kernels/table.h"
