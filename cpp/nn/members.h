#ifndef PERCEPTRA_NN_MEMBERS_H_
#define PERCEPTRA_NN_MEMBERS_H_

#include <cstddef>

#include "math/real.h"
#include "nn/spec.h"

// Networks of several members. Rows are interleaved: row r of an epoch, counted from its first one, is of
// member r % members. So layers that all members share compute one product of all rows.
namespace mlp {

// The rows of one member in a block: every members-th from `first` on.
struct MemberRows {
  std::size_t first, count;
};

// `first_row` is the block's first row, counted in the epoch.
inline MemberRows RowsOfMember(std::size_t member, std::size_t first_row, std::size_t rows,
                               std::size_t members) {
  const std::size_t first = (member + members - first_row % members) % members;
  return {first, first < rows ? (rows - first - 1) / members + 1 : 0};
}

// The mean over members of their outputs. Of logits (the activation is then part of the loss): the logits of
// the mean of the activated outputs.
void AverageMembers(Real* y,           // (rows, outputs)
                    const Real* each,  // (rows, members, outputs)
                    std::size_t rows, std::size_t members, std::size_t outputs, bool logits, Activation last);

}  // namespace mlp

#endif  // PERCEPTRA_NN_MEMBERS_H_
