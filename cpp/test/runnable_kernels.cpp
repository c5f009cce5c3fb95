// Prints the names of the tables of kernels that this CPU can run, the fastest last: the test scripts run the
// tests once for each.
#include <iostream>

#include "math/kernels.h"

int main() {
  for (const mlp::Kernels* table : mlp::RunnableKernels()) std::cout << table->name << '\n';
}
