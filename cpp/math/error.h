#ifndef PERCEPTRA_MATH_ERROR_H_
#define PERCEPTRA_MATH_ERROR_H_

#include <stdexcept>
#include <string>

namespace mlp {

// The exception of the core (beside std::bad_alloc): an invalid specification, or a size that does not fit.
class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}

  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ERROR_H_
